#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Checkpoint
internal import Networks
internal import Regret

/// Gradients and factors of a real classifier, as a training loop would capture them, in double precision.
struct NetworkSample {
  var network: Network<Double>
  let inputs: [Double]
  let labels: [Int]
  let sizes: [Int]

  /// A ReLU network of the given widths and clusters of examples, all from `seed`.
  init(widths: [Int], sizes: [Int], seed: Int) {
    var weights = SplitMix64(seed: UInt64(seed))
    network = Network(dense: widths, using: &weights)
    for index in network.parameters.indices { network.parameters[index] += 0.2 * weights.normal() }
    var generator = TestGenerator(seed)
    let classes = widths.last!
    let centres = (0..<classes).map { _ in generator.normals(widths[0]) }
    labels = (0..<sizes.reduce(0, +)).map { _ in Int(generator.uniform() * Double(classes)) }
    inputs = labels.flatMap { label in centres[label].map { 1.5 * $0 + generator.normal() } }
    self.sizes = sizes
  }

  /// Weights and biases of layer `index` times `factor`, those of the next one divided: the function stays.
  /// (Dinh et al. 2017)
  mutating func rescaleLayer(_ index: Int, by factor: Double) {
    var offset = 0
    for (place, tensor) in network.tensors.enumerated() {
      let count = tensor.shape.reduce(1, *)
      let scale =
        switch place {
        case 2 * index, 2 * index + 1: factor
        case 2 * index + 2: 1 / factor
        default: 1.0
        }
      for position in offset..<(offset + count) { network.parameters[position] *= scale }
      offset += count
    }
  }

  /// Outputs [examples, classes].
  var outputs: [Double] { network.forward(inputs).outputs }

  /// Rows of exact, sampled and empirical factors with the minibatches' gradients.
  var sample: TestSample {
    let classes = network.outputCount
    let shares = CrossEntropy.softmax(outputs, classCount: classes)
    var generator = TestGenerator(99)
    func rows(_ example: Int, _ cotangent: [Double]) -> [Double] {
      let width = network.inputCount
      let pass = network.forward(Array(inputs[(example * width)..<((example + 1) * width)]))
      return network.pullback(cotangent, through: pass)
    }
    func residual(_ example: Int, _ label: Int) -> [Double] {
      (0..<classes).map { shares[example * classes + $0] - ($0 == label ? 1 : 0) }
    }
    func mean(_ rows: [[Double]]) -> [Double] {
      rows[0].indices.map { p in rows.reduce(0) { $0 + $1[p] } / Double(rows.count) }
    }
    var gradients: [[Double]] = []
    var factors: [FisherKind: [[Double]]] = [:]
    var ids: [FisherKind: [Int]] = [:]
    var first = 0
    for (minibatch, size) in sizes.enumerated() {
      let examples = first..<(first + size)
      first += size
      let own = examples.map { rows($0, residual($0, labels[$0])) }
      gradients.append(mean(own))
      func add(_ kind: FisherKind, _ others: [[Double]]) {
        factors[kind, default: []] += others
        ids[kind, default: []] += others.map { _ in minibatch }
      }
      add(.empirical, own)
      add(
        .exact,
        examples.flatMap { example in
          (0..<classes).map { label in
            let root = (Double(classes) * shares[example * classes + label]).squareRoot()
            return rows(example, residual(example, label).map { -root * $0 })
          }
        })
      let drawn = examples.map { example in
        var left = generator.uniform()
        var label = 0
        while label < classes - 1 && left >= shares[example * classes + label] {
          left -= shares[example * classes + label]
          label += 1
        }
        return rows(example, residual(example, label))
      }
      add(.sampled, [mean(drawn).map { $0 * Double(size).squareRoot() }])
    }
    let columns = network.parameters.count
    var sample = TestSample(
      gradients: DenseMatrix(gradients, columns: columns), sizes: sizes,
      tensors: network.tensors.map { TensorLayout($0.name, shape: $0.shape) }.columns)
    for (kind, rows) in factors { sample.factors[kind] = (DenseMatrix(rows, columns: columns), ids[kind]) }
    return sample
  }
}
