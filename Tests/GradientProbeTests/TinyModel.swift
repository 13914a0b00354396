import Foundation
import GradientProbe

/// z = V·tanh(Wx + b) + c in double, its Jacobian and its likelihood's scores by central differences: a dense reference
/// that shares nothing with the library but the numbers.
struct TinyModel {
  var likelihood: Likelihood
  var theta: [Double]
  static let (inputs, hidden) = (2, 3)

  init(_ likelihood: Likelihood) {
    self.likelihood = likelihood
    var generator = SplitMix64(seed: 5)
    let count = Self.hidden * (Self.inputs + 1) + likelihood.outputCount * (Self.hidden + 1)
    theta = (0..<count).map { _ in generator.normal() }
  }

  static let likelihoods: [Likelihood] = [
    .categorical(classes: 3), .bernoulli(outputs: 2), .gaussian(outputs: 2, deviation: 0.7),
  ]

  /// Minibatches of 3, 5 and 4 examples.
  var batches: [TinyBatch] {
    var generator = SplitMix64(seed: 6)
    return [3, 5, 4].map { count in
      TinyBatch(
        inputs: (0..<count).map { _ in [generator.normal(), generator.normal()] },
        targets: (0..<count).map { _ in
          switch likelihood {
          case .categorical(let classes): [Double(Int.random(in: 0..<classes, using: &generator))]
          case .bernoulli(let outputs): (0..<outputs).map { _ in Double(Int.random(in: 0...1, using: &generator)) }
          case .gaussian(let outputs, _): (0..<outputs).map { _ in Double(Float(generator.normal())) }
          }
        })
    }
  }

  func outputs(_ x: [Double], _ theta: [Double]) -> [Double] {
    let width = Self.hidden * (Self.inputs + 1)
    let h: [Double] = (0..<Self.hidden).map { unit in
      tanh(theta[3 * unit] * x[0] + theta[3 * unit + 1] * x[1] + theta[3 * unit + 2])
    }
    return (0..<likelihood.outputCount).map { output in
      let first = width + output * (Self.hidden + 1)
      return (0..<Self.hidden).reduce(theta[first + Self.hidden]) { $0 + theta[first + $1] * h[$1] }
    }
  }

  /// −log p(y|x, θ), written from the definitions.
  func loss(_ x: [Double], _ y: [Double], _ theta: [Double]) -> Double {
    let z = outputs(x, theta)
    switch likelihood {
    case .categorical: return -log(exp(z[Int(y[0])]) / z.reduce(0) { $0 + exp($1) })
    case .bernoulli:
      return zip(z, y).reduce(0.0) { (sum: Double, pair) in
        let p = 1 / (1 + exp(-pair.0))
        return sum - log(pair.1 == 1 ? p : 1 - p)
      }
    case .gaussian(_, let deviation):
      return zip(z, y).reduce(0.0) { (sum: Double, pair) in
        let residual = (pair.0 - pair.1) / deviation
        return sum + residual * residual / 2
      }
    }
  }

  /// ∂f/∂θ by central differences.
  func derivative(_ f: ([Double]) -> Double) -> [Double] {
    theta.indices.map { index in
      var (up, down) = (theta, theta)
      up[index] += 1e-5
      down[index] -= 1e-5
      return (f(up) - f(down)) / 2e-5
    }
  }

  func meanLoss(_ batch: TinyBatch, _ theta: [Double]) -> Double {
    zip(batch.inputs, batch.targets).reduce(0) { $0 + loss($1.0, $1.1, theta) } / Double(batch.inputs.count)
  }

  /// What may be seen at x with which probability: all of it, and for the Gaussian z ± σ, which has its first two moments.
  func outcomes(_ x: [Double]) -> [(probability: Double, y: [Double])] {
    let z = outputs(x, theta)
    switch likelihood {
    case .categorical(let classes):
      let sum = z.reduce(0) { $0 + exp($1) }
      return (0..<classes).map { (exp(z[$0]) / sum, [Double($0)]) }
    case .bernoulli(let outputs):
      return (0..<(1 << outputs)).map { pattern in
        let y = (0..<outputs).map { Double(pattern >> $0 & 1) }
        let probability = zip(z, y).reduce(1.0) { (product: Double, pair) in
          product / (1 + exp(pair.1 == 1 ? -pair.0 : pair.0))
        }
        return (probability, y)
      }
    case .gaussian(let outputs, let deviation):
      return (0..<(1 << outputs)).map { pattern in
        let y: [Double] = (0..<outputs).map { output in
          let isAbove = pattern >> output & 1 == 1
          return isAbove ? z[output] + deviation : z[output] - deviation
        }
        return (1 / Double(1 << outputs), y)
      }
    }
  }

  /// E_y[∇log p ∇log pᵀ] averaged over `inputs`: the Fisher's definition, [P·P].
  func fisher(_ inputs: [[Double]]) -> [Double] {
    let scores = inputs.flatMap { x in
      outcomes(x).map { outcome in
        let root = (outcome.probability / Double(inputs.count)).squareRoot()
        return derivative { loss(x, outcome.y, $0) }.map { root * $0 }
      }
    }
    return secondMoment(scores, scale: 1)
  }
}

/// Examples of a tiny model.
struct TinyBatch: Sendable {
  var inputs: [[Double]]
  var targets: [[Double]]
}

/// `scale`·Σ row rowᵀ, [P·P].
func secondMoment(_ rows: [[Double]], scale: Double) -> [Double] {
  let count = rows[0].count
  var sum = [Double](repeating: 0, count: count * count)
  for row in rows {
    for i in 0..<count {
      for j in 0..<count { sum[i * count + j] += scale * row[i] * row[j] }
    }
  }
  return sum
}

/// ‖a − b‖/‖b‖
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (difference / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

extension TinyModel: OutputProbe {
  var tensors: [TensorLayout] { [TensorLayout("theta", shape: [theta.count])] }

  func batchSize(of batch: TinyBatch) -> Int { batch.inputs.count }

  func targets(of batch: TinyBatch) -> Targets {
    switch likelihood {
    case .categorical: .classes(batch.targets.map { Int($0[0]) })
    default: .values(batch.targets.flatMap { $0.map { Float($0) } })
    }
  }

  func outputs(over batch: TinyBatch) -> Outputs {
    let values = batch.inputs.flatMap { outputs($0, theta) }
    // J by differences, a row for each output of each example.
    let jacobian = values.indices.map { index in
      derivative { outputs(batch.inputs[index / likelihood.outputCount], $0)[index % likelihood.outputCount] }
    }
    return Outputs(values.map { Float($0) }) { cotangent, row in
      var sum = [Double](repeating: 0, count: theta.count)
      for (weight, derivatives) in zip(cotangent, jacobian) where weight != 0 {
        for index in sum.indices { sum[index] += Double(weight) * derivatives[index] }
      }
      try row.writeAll(sum.map { Float($0) })
    }
  }
}

/// The same model to those who know only its gradients under labels that it draws itself, by plain differences.
struct TinySampler: LabelSamplingProbe {
  let model: TinyModel

  var tensors: [TensorLayout] { model.tensors }

  func batchSize(of batch: TinyBatch) -> Int { batch.inputs.count }

  func gradient(over batch: TinyBatch, into gradient: inout GradientRow) throws -> Double {
    try gradient.append(model.derivative { model.meanLoss(batch, $0) }.map { Float($0) })
    return model.meanLoss(batch, model.theta)
  }

  func sampledGradient(
    over batch: TinyBatch, using generator: inout SplitMix64, into gradient: inout GradientRow
  ) throws {
    var drawn = batch
    drawn.targets = batch.inputs.map { x in
      var rest = generator.uniform()
      let outcomes = model.outcomes(x)
      return outcomes.first { outcome in
        rest -= outcome.probability
        return rest < 0
      }?.y ?? outcomes[0].y
    }
    _ = try self.gradient(over: drawn, into: &gradient)
  }
}
