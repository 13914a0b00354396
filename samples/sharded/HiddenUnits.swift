import GradientProbe
import Networks

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Some hidden units of z = V·tanh(Wx + b), with what leads to them and away from them. The units of all ranks together are the
/// network; no rank holds more than its own, and the logits are the sum of what each adds.
struct HiddenUnits {
  private let group: Group
  private let unitCount: Int
  /// [H, D], [H] and [C, H].
  private var (weight, bias, output): ([Float], [Float], [Float])

  private static let (inputCount, classCount) = (64, Digits.classCount)

  init(_ unitCount: Int, in group: Group) {
    self.group = group
    self.unitCount = unitCount
    var generator = SplitMix64(seed: UInt64(group.rank))
    weight = (0..<(unitCount * Self.inputCount)).map { _ in Float(generator.normal()) / 8 }
    bias = [Float](repeating: 0, count: unitCount)
    output = (0..<(Self.classCount * unitCount)).map { _ in Float(generator.normal()) / 8 }
  }

  /// tanh(Wx + b) of the own units [B, H], and the probabilities of all classes [B, C].
  private func forward(_ inputs: [Float]) throws -> (hidden: [Float], probabilities: [Float]) {
    let count = inputs.count / Self.inputCount
    var hidden = [Float](repeating: 0, count: count * unitCount)
    var logits = [Float](repeating: 0, count: count * Self.classCount)
    for example in 0..<count {
      for unit in 0..<unitCount {
        var sum = bias[unit]
        for input in 0..<Self.inputCount {
          sum += weight[unit * Self.inputCount + input] * inputs[example * Self.inputCount + input]
        }
        hidden[example * unitCount + unit] = tanh(sum)
      }
      for c in 0..<Self.classCount {
        for unit in 0..<unitCount {
          logits[example * Self.classCount + c] += output[c * unitCount + unit] * hidden[example * unitCount + unit]
        }
      }
    }
    let all = try group.sum(logits)
    var probabilities: [Float] = []
    for example in 0..<count {
      let own = all[(example * Self.classCount)..<((example + 1) * Self.classCount)]
      let exponentials = own.map { exp($0 - own.max()!) }
      probabilities += exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    return (hidden, probabilities)
  }

  /// The gradient of the mean cross-entropy of `labels` with respect to the own W, b and V.
  private func gradient(
    _ inputs: [Float], _ labels: [Int], _ hidden: [Float], _ probabilities: [Float]
  ) -> (weight: [Float], bias: [Float], output: [Float]) {
    var gradient = (
      [Float](repeating: 0, count: weight.count), [Float](repeating: 0, count: bias.count),
      [Float](repeating: 0, count: output.count)
    )
    for example in labels.indices {
      var delta = Array(probabilities[(example * Self.classCount)..<((example + 1) * Self.classCount)])
      delta[labels[example]] -= 1
      for unit in 0..<unitCount {
        let h = hidden[example * unitCount + unit]
        var back: Float = 0
        for c in 0..<Self.classCount {
          gradient.2[c * unitCount + unit] += delta[c] * h / Float(labels.count)
          back += delta[c] * output[c * unitCount + unit]
        }
        back *= (1 - h * h) / Float(labels.count)
        gradient.1[unit] += back
        for input in 0..<Self.inputCount {
          gradient.0[unit * Self.inputCount + input] += back * inputs[example * Self.inputCount + input]
        }
      }
    }
    return gradient
  }

  /// A step of gradient descent; returns the mean loss before it.
  mutating func update(on batch: Examples, rate: Float) throws -> Double {
    let (hidden, probabilities) = try forward(batch.inputs)
    let step = gradient(batch.inputs, batch.labels, hidden, probabilities)
    weight = zip(weight, step.weight).map { $0 - rate * $1 }
    bias = zip(bias, step.bias).map { $0 - rate * $1 }
    output = zip(output, step.output).map { $0 - rate * $1 }
    return loss(batch.labels, probabilities)
  }

  private func loss(_ labels: [Int], _ probabilities: [Float]) -> Double {
    labels.indices.reduce(0) { $0 - Double(log(probabilities[$1 * Self.classCount + labels[$1]])) }
      / Double(labels.count)
  }
}

extension HiddenUnits: LabelSamplingProbe {
  /// The own ones alone: the recorder puts those of all ranks together.
  var tensors: [TensorLayout] {
    let rank = "units\(group.rank)"
    return [
      TensorLayout("\(rank).weight", shape: [unitCount, Self.inputCount]),
      TensorLayout("\(rank).bias", shape: [unitCount]),
      TensorLayout("\(rank).output", shape: [Self.classCount, unitCount]),
    ]
  }

  func batchSize(of batch: Examples) -> Int { batch.count }

  func batchHash(of batch: Examples) -> UInt64? {
    var hash = BatchHash()
    hash.add(batch.inputs.span)
    hash.add(batch.labels.span)
    return hash.value
  }

  func gradient(over batch: Examples, into row: inout GradientRow) throws -> Double {
    let (hidden, probabilities) = try forward(batch.inputs)
    try append(gradient(batch.inputs, batch.labels, hidden, probabilities), to: &row)
    return loss(batch.labels, probabilities)
  }

  /// All ranks draw the same labels: they have the same probabilities and the same generator.
  func sampledGradient(
    over batch: Examples, using generator: inout SplitMix64, into row: inout GradientRow
  ) throws {
    let (hidden, probabilities) = try forward(batch.inputs)
    let labels = batch.labels.indices.map { example in
      var left = Float.random(in: 0..<1, using: &generator)
      for c in 0..<(Self.classCount - 1) {
        left -= probabilities[example * Self.classCount + c]
        if left < 0 { return c }
      }
      return Self.classCount - 1
    }
    try append(gradient(batch.inputs, labels, hidden, probabilities), to: &row)
  }

  func parameters(into row: inout GradientRow) throws { try append((weight, bias, output), to: &row) }

  private func append(_ own: (weight: [Float], bias: [Float], output: [Float]), to row: inout GradientRow) throws {
    try row.append(own.weight)
    try row.append(own.bias)
    try row.append(own.output)
  }
}
