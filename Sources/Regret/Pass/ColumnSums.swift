/// What a pass adds up of single columns of [G; S], beside products of rows.
struct ColumnSums: Sendable {
  /// Columns in which some factor is not 0.
  var liveCount = 0
  /// Columns in which some factor or gradient is not 0.
  var touchedCount = 0
  /// Σ‖g‖² over the other columns.
  var deadSquare = 0.0
  /// Σ D over live columns = tr F.
  var trace = 0.0
  /// Σ_k Σ_p (F̃_k)²_pp and Σ_p (F̄)²_pp over the groups of `auto`.
  var groupDiagonalSquare = 0.0
  var meanDiagonalSquare = 0.0
  /// Σ‖g̃‖² over columns whose D is made by fewer than ``thinGroupCount`` groups, in coordinates where D = 1.
  var thinSquare = 0.0
  /// Rows of G with an element that is not 0.
  var isNonzero: [Bool]
  /// Whether some product left the range of the working precision, or met a value that is not finite.
  var isOutOfRange = false

  /// Groups whose parts of D count as (Σ)²/Σ(·²); from fewer than this, D says little of the population's.
  static let thinGroupCount = 4.0

  init(gradientCount: Int) { isNonzero = [Bool](repeating: false, count: gradientCount) }

  /// The sums that rounding has a part in.
  static var squares: [WritableKeyPath<ColumnSums, Double>] {
    [\.deadSquare, \.trace, \.groupDiagonalSquare, \.meanDiagonalSquare, \.thinSquare]
  }
}
