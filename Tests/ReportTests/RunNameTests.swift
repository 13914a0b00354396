import Checkpoint
import Testing

@testable import Report

@Suite("What a run is called") struct RunNameTests {
  private func checkpoint(_ file: String, _ run: String, _ name: String?, step: Int = 1) throws -> CheckpointReport {
    try Example.checkpoint(file: file, run: run, step: step, configuration: RunConfiguration(name: name))
  }

  @Test("its name, else its own directory, else the beginning of its id")
  func order() throws {
    let all = [
      try checkpoint("runs/one/a.h5", "11111111-2222-3333", "small batch"),
      try checkpoint("runs/two/a.h5", "22222222-2222-3333", nil), try checkpoint("a.h5", "33333333-2222-3333", nil),
      try checkpoint("runs/four/a.h5", "44444444-2222-3333", nil),
      try checkpoint("runs/four/b.h5", "55555555-2222-3333", nil),
    ]
    #expect(
      all.map { RunName.of($0.description.run, among: all) }
        == ["small batch", "two", "33333333…", "44444444…", "55555555…"])
  }

  @Test("two of one name are told apart") func shared() throws {
    let all = [try checkpoint("one/a.h5", "1", "sgd"), try checkpoint("two/a.h5", "2", "sgd")]
    #expect(["1", "2"].map { RunName.of($0, among: all) } == ["sgd (one)", "sgd (two)"])
  }

  @Test("the last name of a run that was renamed") func renamed() throws {
    let all = [try checkpoint("r/a.h5", "1", "old"), try checkpoint("r/b.h5", "1", "new", step: 2)]
    #expect(RunName.of("1", among: all) == "new")
  }

  @Test(
    "hostile names do no harm", arguments: ["<b>&\"'", "a\u{202e}b\u{1b}[2J\n", String(repeating: "n", count: 4_000)])
  func hostile(name: String) throws {
    let one = try checkpoint("r/a.h5", "1", name)
    let report = Report(checkpoints: [one, try checkpoint("s/a.h5", "2", nil)])
    for text in [Report(checkpoints: [one]).text(), report.text(), report.html] {
      #expect(!text.contains("\u{202e}") && !text.contains("\u{1b}"))
    }
    #expect(!report.html.contains("<b>"))
    #expect(RunName.of("1", among: [one]).count <= 40)
  }

  @Test("the JSON has name and configuration, null where there is none") func json() throws {
    let values: [String: ConfigurationValue] = ["lr": 0.1, "optimizer": "sgd", "bad": .number(.nan)]
    let named = try Example.checkpoint(configuration: RunConfiguration(name: "a\u{202e}b", values: values)).json
    #expect(named["name"] == .string("a\u{202e}b"))
    #expect(named.value(at: "configuration.lr") == .number(0.1))
    #expect(named.value(at: "configuration.optimizer") == .string("sgd"))
    #expect(named.value(at: "configuration.bad") == .null)
    let plain = try Example.checkpoint().json
    #expect(plain["name"] == .null && plain["configuration"] == .null)
  }
}
