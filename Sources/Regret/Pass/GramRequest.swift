internal import Checkpoint

/// Which sums one pass over the columns of [G; S] forms.
struct GramRequest: Sendable {
  /// G [N, P].
  var gradients: any ColumnBlocks
  /// S [M, P]; nil for `minibatch`, whose Fisher is made of G alone.
  var factors: (any ColumnBlocks)?
  /// The gradients whose sums count: those that the headline numbers are over, the first ones.
  var referenceCount: Int
  /// The gradients that the `minibatch` Fisher is made of, and their harmonic mean batch size b.
  var fisherRows: Range<Int>
  var batchSize: Double
  /// Products in coordinates where diag F = 1.
  var isWhitened: Bool
  /// Products of live coordinates as they are, between all rows (`identity`).
  var isRaw: Bool
  /// Products of factor rows as they are.
  var hasRawFactors: Bool
  /// Rows of [G; S] whose products with all rows are formed instead of the whole square, in the metric's coordinates.
  var tile: Range<Int>?
  /// Rows of each group of factors for the weight of `auto`; nil where it is not asked for.
  var groups: [[Int]]?

  /// Whether rows are in coordinates where D = 1 already.
  var hasUnitDiagonal = false

  /// Whether products of float32 rows are formed on ``Tiles``.
  var usesTiles = false

  /// Tensors whose rows are kept as they stand in the metric, because a solve through them is cheaper: at most this many
  /// columns.
  var keptColumnLimit = 0
  /// Whether the rows that are kept are raw (`identity`) or whitened.
  var keepsRawColumns: Bool { isRaw }

  /// All rows that the pass reads.
  var sources: [any ColumnBlocks] { [gradients] + (factors.map { [$0] } ?? []) }

  var gradientCount: Int { gradients.rowCount }
  var factorCount: Int { factors?.rowCount ?? 0 }
  var rowCount: Int { gradientCount + factorCount }
}
