public import Checkpoint

extension SplitMix64 {
  /// Draws a class for each example from the softmax of its `logits` [B, C], `count` being C: labels of the model's own
  /// prediction, as `sampled` factors take them.
  public mutating func drawClasses(logits: [Float], count: Int) -> [Int] {
    precondition(count > 0 && logits.count % count == 0, "logits of other extents")
    guard case .classes(let classes) = Likelihood.categorical(classes: count).drawTargets(logits, using: &self) else {
      return []
    }
    return classes
  }

  /// Draws a class for each example from its `probabilities` [B, C], `count` being C. They need not add up to 1 to the last
  /// digit; at least one of each example is above 0.
  public mutating func drawClasses(probabilities: [Float], count: Int) -> [Int] {
    precondition(count > 0 && probabilities.count % count == 0, "probabilities of other extents")
    return stride(from: 0, to: probabilities.count, by: count).map { first in
      let row = probabilities[first..<(first + count)].map { max(0, Double($0)) }
      return drawClass(row, sum: row.reduce(0, +))
    }
  }

  /// Draws a class of probabilities `weights` ÷ `sum`, which is theirs.
  mutating func drawClass(_ weights: [Double], sum: Double = 1) -> Int {
    var rest = uniform() * sum
    // Rounding may leave a rest beyond the last class.
    return weights.firstIndex {
      rest -= $0
      return rest < 0
    } ?? weights.indices.max { weights[$0] < weights[$1] }!
  }
}
