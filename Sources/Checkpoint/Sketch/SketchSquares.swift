/// Squared lengths of rows before they were sketched, which a sketch keeps only in the mean.
public struct SketchSquares: Hashable, Codable, Sendable {
  /// ‖g‖² of each row, all P numbers.
  public var raw: [Double]
  /// ‖D̂^{-½}g‖² of each row, over parameters whose D̂ is not 0.
  public var whitened: [Double]
  /// The part of ``raw`` that is of parameters whose D̂ is 0: it is in no metric.
  public var outsidePilot: [Double]

  /// Three numbers a row.
  public init(raw: [Double] = [], whitened: [Double] = [], outsidePilot: [Double] = []) {
    self.raw = raw
    self.whitened = whitened
    self.outsidePilot = outsidePilot
  }

  /// Those of row `index`.
  public subscript(index: Int) -> RowSquares {
    RowSquares(raw: raw[index], whitened: whitened[index], outsidePilot: outsidePilot[index])
  }

  /// Adds a row's.
  public mutating func append(_ row: RowSquares) {
    raw.append(row.raw)
    whitened.append(row.whitened)
    outsidePilot.append(row.outsidePilot)
  }

  /// Those of the rows `rows`, in that order.
  public func selecting(_ rows: [Int]) -> SketchSquares {
    var selected = SketchSquares()
    for row in rows { selected.append(self[row]) }
    return selected
  }

  /// Those of the same rows, with the squares of more of their columns.
  public func adding(_ other: SketchSquares) -> SketchSquares {
    SketchSquares(
      raw: zip(raw, other.raw).map(+), whitened: zip(whitened, other.whitened).map(+),
      outsidePilot: zip(outsidePilot, other.outsidePilot).map(+))
  }

  /// What stands in files, by name.
  public var arrays: [(name: String, values: [Double])] {
    [(Self.names[0], raw), (Self.names[1], whitened), (Self.names[2], outsidePilot)]
  }

  /// Names of the datasets.
  public static let names = ["square", "whitened_square", "outside_pilot"]
}

/// Squared lengths of all rows of a checkpoint before they were sketched.
public struct CheckpointSquares: Hashable, Codable, Sendable {
  /// Of the gradients [N].
  public var gradients: SketchSquares
  /// Of the factor rows of each kind [M].
  public var factors: [FisherKind: SketchSquares]

  /// Squares of gradients and of factor rows.
  public init(gradients: SketchSquares = SketchSquares(), factors: [FisherKind: SketchSquares] = [:]) {
    self.gradients = gradients
    self.factors = factors
  }

  /// Those of the same rows, with the squares of more of their columns.
  public func adding(_ other: CheckpointSquares) -> CheckpointSquares {
    CheckpointSquares(
      gradients: gradients.adding(other.gradients),
      factors: factors.merging(other.factors) { $0.adding($1) })
  }
}

/// Squared lengths of one row before it was sketched.
public struct RowSquares: Hashable, Codable, Sendable {
  /// ‖g‖²
  public var raw: Double
  /// ‖D̂^{-½}g‖²
  public var whitened: Double
  /// The part of ``raw`` where D̂ is 0.
  public var outsidePilot: Double

  /// Three squares.
  public init(raw: Double = 0, whitened: Double = 0, outsidePilot: Double = 0) {
    self.raw = raw
    self.whitened = whitened
    self.outsidePilot = outsidePilot
  }
}
