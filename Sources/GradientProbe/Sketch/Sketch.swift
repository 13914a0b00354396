internal import Checkpoint

/// How rows are sketched before they are stored, for models of which whole rows take too much room: of every tensor that is
/// larger than its share of the width, numbers are added up, with signs, into as many sums.
///
///     options.sketch = .width(65_536)
///
/// Rows are first divided by √D̂, D̂ the mean square of pilot rows, which is how the damped Fisher keeps its invariance
/// to rescaled parameters. Pilot rows are a capture's factor rows, made once more; where there are no factors, its gradients times
/// the root of their minibatch's size. A second sketch keeps the gradients as they are, for the Euclidean measure. θ is not
/// stored.
///
/// Beside the model a sketch takes one vector of P numbers.
public struct Sketch: Hashable, Sendable {
  /// How many numbers a row gets.
  public enum Size: Hashable, Sendable {
    /// So many in all; of several ranks each gets an equal part.
    case width(Int)
    /// A share of the parameters, within (0, 1].
    case share(Double)
  }

  /// How many numbers a row gets.
  public var size: Size
  /// How many pilot rows D̂ is made of, the first ones. Nil, the default: all factor rows of the best kind, so that D̂ is the
  /// Fisher's own diagonal. Fewer take less time, but parameters that few of them move get a D̂ that is too small, which a
  /// report says.
  public var pilotRows: Int?
  /// Seed of the hash; 0 by default. Only rows of one seed may be held against each other.
  public var seed: UInt64

  /// Rows of `size`.
  public init(_ size: Size, pilotRows: Int? = nil, seed: UInt64 = 0) {
    self.size = size
    self.pilotRows = pilotRows
    self.seed = seed
  }

  /// Rows of `width` numbers.
  public static func width(_ width: Int) -> Sketch { Sketch(.width(width)) }

  /// Rows of `share` · P numbers.
  public static func share(_ share: Double) -> Sketch { Sketch(.share(share)) }
}

extension Sketch {
  /// The columns of each of tensors of `counts` parameters, of one of `rankCount` ranks.
  func widths(of counts: [Int], rankCount: Int) throws(CaptureError) -> [Int] {
    if let pilotRows, pilotRows < 1 { throw .invalidSketch("pilotRows is \(pilotRows): at least 1 is needed") }
    let total = counts.reduce(0, +)
    let width: Int
    switch size {
    case .width(let asked):
      guard asked > 0 else { throw .invalidSketch("its width is \(asked): at least 1 is needed") }
      width = asked / rankCount
      guard width <= total else {
        let part = rankCount > 1 ? ", \(width) on this rank," : ""
        throw .invalidSketch("its width is \(asked)\(part) for \(total) parameters: store them whole")
      }
    case .share(let share):
      guard share > 0, share <= 1 else { throw .invalidSketch("its share is \(share): within (0, 1] is needed") }
      width = max(counts.count, Int((share * Double(total)).rounded()))
    }
    guard width >= counts.count else {
      throw .invalidSketch("its width is \(width) for \(counts.count) tensors: each needs a column at least")
    }
    return Self.widths(of: counts, width: width)
  }

  /// `width` columns for tensors of `counts` parameters: a quarter of them in equal parts, so that small tensors are whole,
  /// the rest in proportion to their size, by which they share in the Fisher's trace.
  static func widths(of counts: [Int], width: Int) -> [Int] {
    let least = max(1, width / (4 * counts.count))
    func widths(_ share: Double) -> [Int] {
      counts.map { min($0, max(least, Int(share * Double($0)))) }
    }
    var (low, high) = (0.0, 1.0)
    guard widths(high).reduce(0, +) > width else { return widths(high) }
    for _ in 0..<64 {
      let middle = (low + high) / 2
      if widths(middle).reduce(0, +) <= width { low = middle } else { high = middle }
    }
    var result = widths(low)
    // What rounding left, to the first that have room.
    var left = width - result.reduce(0, +)
    for index in result.indices where left > 0 && result[index] < counts[index] && result[index] >= least {
      result[index] += 1
      left -= 1
    }
    return result
  }
}
