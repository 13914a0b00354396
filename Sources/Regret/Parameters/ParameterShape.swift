/// Where the numbers stand that a ``ParameterPass`` adds up.
struct ParameterShape: Sendable {
  /// Gradients, rows of the Fisher (0 without θ), and tensors of more than one axis.
  let gradientCount: Int
  let rowCount: Int
  /// Whether rows are gradients less their mean, which is one more row.
  let hasMean: Bool
  let tensorCount: Int

  /// Those of ``SignalToNoise``.
  var ratios: Range<Int> { 0..<(2 * gradientCount + 2) }
  /// Inner products of rows and θ.
  var projections: Range<Int> { ratios.upperBound..<(ratios.upperBound + rowCount) }
  /// More than 0 where θ holds a number that is not finite.
  var unusable: Int { projections.upperBound }
  /// More than 0 where what takes θ left double precision.
  var beyondRange: Int { unusable + 1 }

  private var tensorTermCount: Int { rowCount + (hasMean ? 1 : 0) }
  /// ‖WᵀA_m‖² of all tensors.
  var termCount: Int { tensorCount * tensorTermCount }

  /// ‖WᵀA_m‖² of each row, of the tensor at `place` among those of more than one axis.
  func terms(_ place: Int) -> Range<Int> {
    let first = beyondRange + 1 + place * tensorTermCount
    return first..<(first + tensorTermCount)
  }

  /// Numbers in all.
  var count: Int { beyondRange + 1 + termCount }
}
