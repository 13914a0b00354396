internal import Checkpoint
internal import Synchronization

/// Tells how much of a pass is done.
final class ProgressMeter: Sendable {
  private let bytesPerColumn: Int
  private let total: Int
  private let done = Atomic<Int>(0)
  private let report: (@Sendable (Int, Int) -> Void)?

  init(_ request: GramRequest, _ parts: [Range<Int>], _ report: (@Sendable (Int, Int) -> Void)?) {
    bytesPerColumn =
      request.gradientCount * request.gradients.elementType.byteCount
      + request.factorCount * (request.factors?.elementType.byteCount ?? 0)
    total = parts.reduce(0) { $0 + $1.count } * bytesPerColumn
    self.report = report
  }

  /// `columns` more have been read.
  func add(columns: Int) {
    guard let report else { return }
    report(done.add(columns * bytesPerColumn, ordering: .relaxed).newValue, total)
  }
}
