import Regret
import Report
import Testing

@Suite("Gates")
struct GateTests {
  @Test(
    "PATH=VALUE is the shape",
    arguments: [
      ("kl.held_out.regret=0.5", true), ("a=b=1e-3", true), ("kl.held_out.regret", false), ("=1", false),
      ("x=abc", false), ("x=nan", false),
    ])
  func shape(text: String, isGate: Bool) {
    #expect((Gate(parsing: text) != nil) == isGate)
  }

  @Test("a measure above its limit is told with its value")
  func exceeded() throws {
    let checkpoint = try Example.checkpoint()
    let value = try #require(checkpoint.audit.euclidean?.regret.value)
    guard case .exceeded(let reason) = Gate(path: "euclidean.regret", limit: value * 0.9).check(checkpoint) else {
      Issue.record("not exceeded")
      return
    }
    #expect(reason.contains(checkpoint.file) && reason.contains("euclidean.regret"))
    // ± would be half of the interval, whose ends are not alike.
    #expect(reason.contains(" (95% from ") && !reason.contains("±"))
    #expect(Gate(path: "euclidean.regret", limit: value).check(checkpoint) == .passed)
  }

  @Test("what is null can't pass")
  func unknown() throws {
    let checkpoint = try Example.checkpoint(options: AuditOptions(measures: .regret))
    for path in ["kl.held_out.regret", "metrics.nothing", "tensors.hidden.weight.kl"] {
      guard case .unknown = Gate(path: path, limit: 1).check(checkpoint) else {
        Issue.record("\(path) was not unknown")
        continue
      }
    }
  }

  @Test("what the file does not support can't pass either")
  func unsupported() throws {
    var checkpoint = try Example.checkpoint()
    let gate = Gate(path: "kl.estimate.regret", limit: 1e9)
    checkpoint.audit.kl?.estimate?.shortcoming = nil
    #expect(gate.check(checkpoint) == .passed)
    checkpoint.audit.kl?.estimate?.shortcoming = .fewFactors
    guard case .unknown(let reason) = gate.check(checkpoint) else {
      Issue.record("it passed")
      return
    }
    #expect(reason.contains("few_factors"))
    #expect(Gate(path: "kl.estimate.capped", limit: 1e9).check(checkpoint) == .passed)
  }

  @Test("every known path has a number in a full report, and nothing else passes for known")
  func knownPaths() throws {
    let json = try Example.checkpoint().json
    for path in CheckpointReport.measurePaths {
      #expect(Gate(path: path, limit: 0).isPossible)
      // Known where files are compared, and where the mean gradient is.
      if ["kl.damping.own_weight", "kl.estimate.noise_scale"].contains(path) { continue }
      let found = json.value(at: path)
      #expect(found.map { ($0["value"] ?? $0).double != nil } == true, "\(path)")
    }
    for path in ["regret", "kl", "kl.fisher", "euclidean.tic", "file", "tensors"] {
      #expect(!Gate(path: path, limit: 0).isPossible, "\(path)")
    }
  }
}
