import Regret
import Report
import Testing

@Suite("Warnings of a run")
struct WarningTests {
  @Test("one line a kind, however many checkpoints raise it")
  func once() throws {
    var checkpoints = try (0..<3).map { try Example.checkpoint(file: "step-\($0).h5", step: $0) }
    for index in checkpoints.indices {
      checkpoints[index].audit.warnings = [AuditWarning(code: "few", message: "few at \(index)")]
    }
    checkpoints[1].audit.warnings.append(AuditWarning(code: "other", message: "only here"))
    #expect(
      Report(checkpoints: checkpoints).warnings == [
        "step-2.h5: warning: few at 2 (and at 2 more)", "step-1.h5: warning: only here",
      ])
  }
}
