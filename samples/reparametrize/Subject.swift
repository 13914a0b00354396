import Checkpoint
import Landscape
import Networks
import Regret

/// A network and the minibatches over which everything is measured.
struct Subject {
  let network: Network<Float>
  let minibatches: [Examples]

  /// Examples of each minibatch that factors are made of.
  static let factorExamples = 8

  /// Gradients and factors of the true Fisher, one row an example and class, as an audit reads them.
  func auditInput() -> AuditInput {
    let count = network.parameters.count
    var gradients: [Float] = []
    var factors: [Float] = []
    var owners: [Int] = []
    for (index, minibatch) in minibatches.enumerated() {
      gradients += network.lossAndGradient(over: minibatch).gradient
      let part = minibatch[0..<Self.factorExamples]
      let pass = network.forward(part.inputs)
      let shares = CrossEntropy.softmax(pass.outputs, classCount: Digits.classCount)
      for example in 0..<part.count {
        let p = shares[(example * Digits.classCount)..<((example + 1) * Digits.classCount)].map { $0 }
        for label in 0..<Digits.classCount {
          // √C·h_c with h_c = √p_c(e_c − p): the rows' mean outer product is the Fisher.
          let scale = (Float(Digits.classCount) * p[label]).squareRoot()
          let cotangent = p.indices.map { scale * (($0 == label ? 1 : 0) - p[$0]) }
          factors += network.pullback(cotangent, through: pass[example])
          owners.append(index)
        }
      }
    }
    return AuditInput(
      gradients: ArrayBlocks(gradients, columnCount: count, name: "gradients"), batchSizes: minibatches.map(\.count),
      tensors: columns,
      factors: [
        FactorRows(kind: .exact, rows: ArrayBlocks(factors, columnCount: count, name: "factors"), minibatches: owners)
      ])
  }

  /// Sharpness of the mean loss on a plane of two random directions, averaged over `planes` of them [nats].
  func sharpness(scale: DirectionScale, radius: Double, planes: Int) -> Double {
    let grid = SliceGrid(GridAxis(radius: radius, count: 7), GridAxis(radius: radius, count: 7))
    var total = 0.0
    var offset = [Float](repeating: 0, count: network.parameters.count)
    for plane in 0..<UInt64(planes) {
      let directions = [2 * plane, 2 * plane + 1].map { seed in
        Direction.random(at: network.parameters, tensors: columns, scale: scale, seed: seed)
      }
      let losses = (0..<grid.pointCount).map { point in
        grid.offset(of: point, along: directions, into: &offset)
        let moved = network.moved(by: offset)
        return minibatches.map { moved.loss(over: $0) }
      }
      let surface = LossSurface(
        grid: grid, axisNames: ["first", "second"], batchSizes: minibatches.map(\.count),
        minibatchLosses: minibatches.indices.map { minibatch in losses.map { $0[minibatch] } })
      total += SurfaceSummary(surface)?.sharpness ?? .nan
    }
    return total / Double(planes)
  }

  private var columns: [TensorColumns] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) }.columns }
}
