import Checkpoint
import Networks
import Regret
import Testing

/// Losses and divergences a little way off, by real forward passes, against what the audit says of the gradients.
@Suite("The loss does what the regret says", .tags(.gradients)) struct RealityTests {
  enum Ball: String, CaseIterable, CustomTestStringConvertible {
    case euclidean, undamped, diagonal
    var testDescription: String { rawValue }
    var damping: Damping { self == .diagonal ? .diagonal(0.1) : .none }
  }

  let network: Network<Double>
  let batches: [Examples]
  let inputs: Examples
  let gradients: [[Double]]
  let fisher: DenseFisher

  init() {
    network = Model.perceptron.network()
    // More examples than parameters, so that no gradient leaves the range of the Fisher.
    let batches = (0..<6).map { Model.examples(40, seed: 10 + $0) }
    inputs = Examples(inputs: batches.flatMap(\.inputs), labels: batches.flatMap(\.labels))
    gradients = batches.map { [network] in network.lossAndGradient(over: $0).gradient }
    fisher = DenseFisher(of: network, over: inputs)
    self.batches = batches
  }

  /// Mean regret over pairs and δᵀFδ/ε² as the library computes them from rows.
  func audited(_ ball: Ball) throws -> Double {
    let count = network.parameters.count
    let pass = network.forward(inputs.inputs.map(Double.init))
    let shares = CrossEntropy.softmax(pass.outputs, classCount: 3)
    var factors: [Double] = []
    for example in 0..<inputs.count {
      let p = shares[(3 * example)..<(3 * example + 3)].map { $0 }
      for c in 0..<3 {
        factors += network.pullback(
          (0..<3).map { (3 * p[c]).squareRoot() * (($0 == c ? 1 : 0) - p[$0]) }, through: pass[example])
      }
    }
    let input = AuditInput(
      gradients: ArrayBlocks(gradients.flatMap { $0 }, columnCount: count), batchSizes: batches.map(\.count),
      tensors: network.tensors.map { TensorLayout($0.name, shape: $0.shape) }.columns,
      factors: [FactorRows(kind: .exact, rows: ArrayBlocks(factors, columnCount: count), minibatches: nil)])
    let audit = try Audit(of: input, options: AuditOptions(damping: ball.damping, measures: [.regret]))
    let statistics = ball == .euclidean ? audit.euclidean : audit.kl?.inSample
    return try #require(statistics?.regret.value)
  }

  func steps(_ ball: Ball, radius: Double) -> [[Double]] {
    gradients.map { gradient in
      let solved =
        switch ball {
        case .euclidean: gradient
        case .undamped: fisher.naturalGradient(gradient)
        case .diagonal: fisher.naturalGradient(gradient, weight: 0.1)
        }
      let square = zip(gradient, solved).reduce(0) { $0 + $1.0 * $1.1 }
      return solved.map { -radius / square.squareRoot() * $0 }
    }
  }

  @Test(arguments: Ball.allCases) func differencesOfLossesTendToTheRegret(ball: Ball) throws {
    let predicted = try audited(ball)
    let errors = [1e-3, 1e-4, 1e-5].map { radius in
      let losses = steps(ball, radius: radius).map { step in batches.map { network.loss(over: $0, movedBy: step) } }
      var total = 0.0
      for i in batches.indices {
        for j in batches.indices where i != j { total += (losses[i][j] - losses[j][j]) / radius }
      }
      return abs(total / 30 / predicted - 1)
    }
    #expect(errors[2] < 1e-4)
    // The rest is of the order of the radius.
    #expect(errors[2] < errors[0] / 20)
  }

  @Test(arguments: Ball.allCases) func divergenceTendsToTheSquareOfTheStep(ball: Ball) {
    for step in steps(ball, radius: 1e-5) {
      let divergence = network.symmetrisedKL(over: inputs, movedBy: step) * 1e10
      let square = fisher.square(step) * 1e10
      #expect(abs(divergence / square - 1) < 1e-3)
      if ball == .undamped { #expect(abs(square - 1) < 1e-6) }
    }
  }
}
