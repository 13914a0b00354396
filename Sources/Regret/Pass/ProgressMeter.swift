internal import Checkpoint
internal import Synchronization

/// Tells how much of a pass is done.
final class ProgressMeter: Sendable {
  private let bytesPerColumn: Int
  private let total: Int
  private let done = Atomic<Int>(0)
  private let report: (@Sendable (Int, Int) -> Void)?

  init(_ request: GramRequest, _ parts: [Range<Int>], _ report: (@Sendable (Int, Int) -> Void)?) {
    bytesPerColumn = Self.bytesPerColumn(request)
    total = Self.byteCount(request, parts)
    self.report = report
  }

  /// What a pass over `parts` reads [bytes].
  static func byteCount(_ request: GramRequest, _ parts: [Range<Int>]) -> Int {
    parts.reduce(0) { $0 + $1.count } * bytesPerColumn(request)
  }

  private static func bytesPerColumn(_ request: GramRequest) -> Int {
    request.gradientCount * request.gradients.elementType.byteCount
      + request.factorCount * (request.factors?.elementType.byteCount ?? 0)
  }

  /// `columns` more have been read.
  func add(columns: Int) {
    guard let report else { return }
    report(done.add(columns * bytesPerColumn, ordering: .relaxed).newValue, total)
  }
}
