extension HeldOut.Pair {
  /// What R_ij, R_ji and cos_ij of this pair (i, j) change by where Q grows by `growth`, to first order.
  func change(_ growth: HeldOut.Pair) -> (there: Double, back: Double, cosine: Double) {
    let (a, b) = (first.squareRoot(), second.squareRoot())
    let (one, other) = (growth.first / (2 * a), growth.second / (2 * b))
    let cosine = cross / (a * b)
    return (
      other - growth.cross / a + cosine * one * b / a, one - growth.cross / b + cosine * other * a / b,
      growth.cross / (a * b) - cosine * (one / a + other / b)
    )
  }
}
