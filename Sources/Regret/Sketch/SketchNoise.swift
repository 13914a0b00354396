internal import Checkpoint

/// What is known of the inner products of sketched rows, for squares of them.
struct SketchNoise: Sendable {
  private let correction: SketchCorrection
  /// Parameters whose D̂ is not 0: the trace of D̂ where it is 1.
  let liveCount: Int

  /// Nil where rows are whole.
  init?(_ input: AuditInput) {
    guard let sketch = input.sketch, let correction = input.sketchCorrection else { return nil }
    self.correction = correction
    liveCount = min(sketch.header.liveCount, input.parameterCount)
  }

  /// (s·t)² from `product` in the sketch, of rows that have the squared lengths `first` and `second` there.
  func square(_ product: Double, _ first: Double, _ second: Double) -> Double {
    correction.unbiased(product * product, first, second)
  }
}
