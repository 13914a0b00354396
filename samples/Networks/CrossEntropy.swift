/// Softmax over C outputs and the negative logarithm of the label's share.
public enum CrossEntropy {
  /// Shares [B, C] of `outputs` [B, C].
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func softmax<Scalar: NetworkScalar>(_ outputs: [Scalar], classCount: Int) -> [Scalar] {
    var shares = outputs
    for first in stride(from: 0, to: shares.count, by: classCount) {
      let row = first..<(first + classCount)
      var largest = shares[first]
      for index in row { largest = max(largest, shares[index]) }
      var sum: Scalar = 0
      for index in row {
        shares[index] = Scalar.exponential(shares[index] - largest)
        sum += shares[index]
      }
      for index in row { shares[index] /= sum }
    }
    return shares
  }

  /// Mean over examples of −log p_y [nats], summed in double.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func meanLoss<Scalar: NetworkScalar>(_ outputs: [Scalar], labels: [Int]) -> Double {
    let classCount = outputs.count / labels.count
    var total = 0.0
    for (example, label) in labels.enumerated() {
      let row = (example * classCount)..<((example + 1) * classCount)
      var largest = outputs[row.lowerBound]
      for index in row { largest = max(largest, outputs[index]) }
      var sum: Scalar = 0
      for index in row { sum += Scalar.exponential(outputs[index] - largest) }
      total += Double(Scalar.logarithm(sum) + largest - outputs[row.lowerBound + label])
    }
    return total / Double(labels.count)
  }

  /// The mean loss's derivative by the outputs, (p − e_y)/B [B, C].
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func cotangent<Scalar: NetworkScalar>(_ outputs: [Scalar], labels: [Int]) -> [Scalar] {
    let classCount = outputs.count / labels.count
    var result = softmax(outputs, classCount: classCount)
    for (example, label) in labels.enumerated() { result[example * classCount + label] -= 1 }
    let scale = 1 / Scalar(labels.count)
    for index in result.indices { result[index] *= scale }
    return result
  }
}
