#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Losses, their derivatives by the outputs, and factors of the outputs' Fisher; computed in double, whatever the model
/// computes in.
extension Likelihood {
  /// Mean over examples of the loss [nats].
  func meanLoss(_ outputs: [Float], _ targets: Targets) -> Double {
    var total = 0.0
    forEachExample(outputs) { example, z in
      switch (self, targets) {
      case (.categorical, .classes(let classes)):
        let largest = z.max()!
        total += log(z.reduce(0) { $0 + exp($1 - largest) }) + largest - z[classes[example]]
      case (.bernoulli(let count), .values(let values)):
        for (output, logit) in z.enumerated() {
          // log(1 + e^z) − yz without overflow.
          total += max(logit, 0) + log1p(exp(-abs(logit))) - Double(values[example * count + output]) * logit
        }
      case (.gaussian(let count, let deviation), .values(let values)):
        for (output, mean) in z.enumerated() {
          let residual = (mean - Double(values[example * count + output])) / deviation
          total += residual * residual / 2
        }
      default: preconditionFailure("targets are checked before")
      }
    }
    return total / Double(outputs.count / outputCount)
  }

  /// The mean loss's derivative by the outputs [B, C], 1/B included.
  func meanLossCotangent(_ outputs: [Float], _ targets: Targets) -> [Float] {
    let scale = Double(outputCount) / Double(outputs.count)
    var result: [Float] = []
    result.reserveCapacity(outputs.count)
    forEachExample(outputs) { example, z in
      result += lossCotangent(z, targets, example: example).map { Float($0 * scale) }
    }
    return result
  }

  /// One example's loss's derivative by its outputs z [C].
  func lossCotangent(_ z: [Double], _ targets: Targets, example: Int) -> [Double] {
    switch (self, targets) {
    case (.categorical, .classes(let classes)):
      var result = means(z)
      result[classes[example]] -= 1
      return result
    case (.bernoulli(let count), .values(let values)):
      return means(z).enumerated().map { $1 - Double(values[example * count + $0]) }
    case (.gaussian(let count, let deviation), .values(let values)):
      return z.enumerated().map { ($1 - Double(values[example * count + $0])) / (deviation * deviation) }
    default: preconditionFailure("targets are checked before")
    }
  }

  /// Targets for every example, drawn from the distribution at `outputs`.
  func drawTargets(_ outputs: [Float], using generator: inout SplitMix64) -> Targets {
    var classes: [Int] = []
    var values: [Float] = []
    forEachExample(outputs) { _, z in
      switch self {
      case .categorical: classes.append(generator.drawClass(means(z)))
      case .bernoulli: values += means(z).map { generator.uniform() < $0 ? 1 : 0 }
      case .gaussian(_, let deviation): values += z.map { Float($0 + deviation * generator.normal()) }
      }
    }
    if case .categorical = self { return .classes(classes) }
    return .values(values)
  }

  /// h_c [C] for every c of C at one example's outputs z: Σ_c h_c h_cᵀ is the Fisher of the distribution by its outputs.
  func fisherFactors(_ z: [Double]) -> [[Double]] {
    let means = means(z)
    return z.indices.map { c in
      switch self {
      case .categorical:
        let root = means[c].squareRoot()
        return z.indices.map { root * (($0 == c ? 1 : 0) - means[$0]) }
      case .bernoulli:
        let root = (means[c] * (1 - means[c])).squareRoot()
        return z.indices.map { $0 == c ? root : 0 }
      case .gaussian(_, let deviation):
        return z.indices.map { $0 == c ? 1 / deviation : 0 }
      }
    }
  }

  /// Outputs of one example as doubles.
  func example(_ index: Int, of outputs: [Float]) -> [Double] {
    outputs[(index * outputCount)..<((index + 1) * outputCount)].map(Double.init)
  }

  /// Why this is no distribution; nil where it is one.
  var fault: String? {
    if outputCount < 1 { return "\(outputCount) outputs" }
    if case .gaussian(_, let deviation) = self, !(deviation > 0 && deviation.isFinite) {
      return "standard deviation \(deviation)"
    }
    return nil
  }

  /// Why `targets` are none for `batchSize` examples; nil where they are.
  func fault(in targets: Targets, batchSize: Int) -> String? {
    switch (self, targets) {
    case (.categorical(let count), .classes(let classes)):
      if classes.count != batchSize { return "\(classes.count) classes for \(batchSize) examples" }
      if let class_ = classes.first(where: { !(0..<count).contains($0) }) {
        return "class \(class_) is not one of 0..<\(count)"
      }
    case (.categorical, .values): return "a categorical likelihood needs classes"
    case (.bernoulli, .classes), (.gaussian, .classes): return "this likelihood needs values, not classes"
    case (.bernoulli, .values(let values)), (.gaussian, .values(let values)):
      if values.count != batchSize * outputCount {
        return "\(values.count) values for \(batchSize) examples of \(outputCount) outputs"
      }
      if let value = values.first(where: { !$0.isFinite }) { return "value \(value)" }
      if case .bernoulli = self, let value = values.first(where: { !(0...1).contains($0) }) {
        return "value \(value) is not in 0...1"
      }
    }
    return nil
  }

  /// Means of one example's distribution: shares, probabilities or the outputs themselves.
  private func means(_ z: [Double]) -> [Double] {
    switch self {
    case .categorical:
      let largest = z.max()!
      let weights = z.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    case .bernoulli: return z.map { 1 / (1 + exp(-$0)) }
    case .gaussian: return z
    }
  }

  private func forEachExample(_ outputs: [Float], _ body: (Int, [Double]) -> Void) {
    for index in 0..<(outputs.count / outputCount) { body(index, example(index, of: outputs)) }
  }
}
