// Does the loss do what the regret says? A regret is a statement about losses a little way off: pick the best point for
// minibatch i in a ball of radius ε, and see how much worse minibatch j is there than at its own best point. This
// sample goes there, with real forward passes, in ever smaller balls:
//
//     swift run -c release verify

import GradientProbe
import Networks

/// The digits network in double precision, which can be asked for its loss elsewhere.
struct Model: LossProbe {
  let network: Network<Double>

  var tensors: [TensorLayout] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) } }

  func batchSize(of batch: Examples) -> Int { batch.count }

  func gradient(over batch: Examples, into gradient: inout GradientRow) throws -> Double {
    let result = network.lossAndGradient(over: batch)
    try gradient.writeAll(result.gradient.map { Float($0) })
    return result.loss
  }

  func loss(over batch: Examples, displacedBy displacement: Span<Float>) -> Double {
    network.loss(over: batch, movedBy: displacement.indices.map { Double(displacement[$0]) })
  }
}

/// R_ij/ε = √Q_jj − Q_ij/√Q_ii, averaged over pairs i ≠ j: what the measure predicts from gradients g and A⁻¹g alone.
func predictedRegret(_ gradients: [[Double]], _ solved: [[Double]]) -> Double {
  let q = gradients.map { g in solved.map { dot(g, $0) } }
  return meanOverPairs(gradients.count) { i, j in q[j][j].squareRoot() - q[i][j] / q[i][i].squareRoot() }
}

/// (f_j(θ + δ_i) − f_j(θ + δ_j))/ε over the same pairs, δ_i = −ε A⁻¹g_i/√Q_ii: what the losses do.
func measuredRegret(_ model: Model, _ batches: [Examples], _ steps: [[Float]], radius: Double) -> Double {
  let losses = steps.map { step in batches.map { model.loss(over: $0, displacedBy: step.span) } }
  return meanOverPairs(batches.count) { i, j in (losses[i][j] - losses[j][j]) / radius }
}

func meanOverPairs(_ count: Int, _ value: (Int, Int) -> Double) -> Double {
  var total = 0.0
  for i in 0..<count {
    for j in 0..<count where i != j { total += value(i, j) }
  }
  return total / Double(count * (count - 1))
}

func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

func verify() throws {
  var generator = SplitMix64(seed: 1)
  let training = try Digits.load()
  var trained = Network<Float>(dense: [64, 16, 10], using: &generator)
  for _ in 0..<5 {
    for batch in training.minibatches(of: 32, using: &generator) { trained.update(on: batch, learningRate: 0.1) }
  }

  let model = Model(network: Network<Double>(trained))
  let batches = Array(training.minibatches(of: 32, using: &generator).prefix(8))
  let inputs = Examples(inputs: batches.flatMap(\.inputs), labels: batches.flatMap(\.labels))
  let fisher = DenseFisher(of: model.network, over: inputs)
  let gradients = batches.map { model.network.lossAndGradient(over: $0).gradient }

  let balls: [(name: String, solve: ([Double]) -> [Double])] = [
    ("Euclidean ball", { $0 }),
    ("KL ball, no damping", { fisher.naturalGradient($0) }),
    ("KL ball, diagonal damping 0.1", { fisher.naturalGradient($0, weight: 0.1) }),
  ]
  for (name, solve) in balls {
    let solved = gradients.map(solve)
    print("\n\(name)\n    ε        R/ε measured   predicted   KL/ε² measured   δᵀFδ/ε²")
    for radius in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] {
      let steps = zip(gradients, solved).map { g, s in s.map { Float(-radius / dot(g, s).squareRoot() * $0) } }
      let doubles = steps.map { $0.map(Double.init) }
      let divergence = mean(doubles.map { model.network.symmetrisedKL(over: inputs, movedBy: $0) })
      let columns = [
        measuredRegret(model, batches, steps, radius: radius), predictedRegret(gradients, solved),
        divergence / (radius * radius), mean(doubles.map(fisher.square)) / (radius * radius),
      ]
      print("    \(radius)".padded(to: 13) + columns.map { rounded($0).padded(to: 15) }.joined())
    }
  }
}

/// Five digits after the point.
func rounded(_ value: Double) -> String { "\((value * 1e5).rounded() / 1e5)" }

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

runSample { _ in try verify() }
