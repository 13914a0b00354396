internal import Checkpoint

extension Audit {
  /// Adds what an expert would say of these numbers.
  mutating func addWarnings(_ input: AuditInput, _ plan: AuditPlan) {
    func warn(_ code: String, _ message: String) { warnings.append(AuditWarning(code: code, message: message)) }
    if input.sampling == .path {
      warn("path_sampling", "Rows were recorded while the parameters moved; the measure is defined at one point.")
    }
  }
}
