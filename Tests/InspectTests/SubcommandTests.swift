import Foundation
import Testing

@Suite("Subcommands of inspect")
struct SubcommandTests {
  @Test("compare ranks models and tells their differences")
  func compare() throws {
    let files = [Fixture.path("uneven-batches"), Fixture.path("plain")]
    let json = try InspectBinary.run(["compare"] + files + ["--format", "json"]).json()
    #expect(json["schema"] as? String == "gradient-probe.comparison/1")
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(runs.map { $0["name"] as? String } == files)
    let ranking = try #require(json["ranking"] as? [String: Any])
    let places = try #require(ranking["places"] as? [[String: Any]])
    let values = places.compactMap { ($0["estimate"] as? [String: Any])?["value"] as? Double }
    #expect(values.count == 2 && values == values.sorted())
    #expect(json["correlations"] is NSNull)
    let text = try InspectBinary.run(["compare"] + files)
    #expect(text.status == 0 && text.output.contains("Batch sizes differ") && text.output.contains("second − first"))
    for line in text.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test("compare takes a directory of runs, and needs two models")
  func compareDirectory() throws {
    let directory = try TestDirectory()
    for (run, file) in [("a", "plain"), ("b", "half")] {
      try FileManager.default.createDirectory(
        atPath: directory.path + "/" + run, withIntermediateDirectories: false)
      try directory.copy(Fixture.path(file), run + "/step-00000000.h5")
    }
    let both = try InspectBinary.run(["compare", directory.path, "--format", "csv"])
    #expect(both.output.split(separator: "\n").count == 3, "\(both.error)")
    let one = try InspectBinary.run(["compare", directory.path + "/a"])
    #expect(one.status == 1 && one.error.split(separator: "\n").count == 1)
  }

  @Test("compare correlates the measures that are told, and no others")
  func correlate() throws {
    let files = ["plain", "half", "bfloat16"].map(Fixture.path)
    let paths = ["euclidean.norm", "related.parameters.fisher_rao", "kl.held_out.regret"]
    let options = ["--gap", "train_loss", "--correlate", paths.joined(separator: ",")]
    let json = try InspectBinary.run(["compare"] + files + options + ["--format", "json"]).json()
    let rows = (json["correlations"] as? [String: Any])?["measures"] as? [[String: Any]]
    #expect(rows?.map { $0["measure"] as? String } == paths)
    let given = try InspectBinary.run(["compare"] + files + ["--given", "nothing"])
    #expect(given.status == 1 && given.output.isEmpty)
    #expect(given.error.contains("--given") && given.error.split(separator: "\n").count == 1)
    let contrast = try InspectBinary.run(["compare"] + files + ["--contrast", "learnin_rate"])
    #expect(contrast.status == 1 && contrast.output.isEmpty && contrast.error.contains("hyperparameter.learnin_rate"))
    for unknown in ["euclidean.nothing", "damping_path[0.1].regret"] {
      let outcome = try InspectBinary.run(["compare"] + files + ["--correlate", unknown])
      #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.error.contains("--correlate"))
      #expect(outcome.error.split(separator: "\n").count == 1)
    }
  }

  @Test("export writes a file of arrays and replaces none")
  func export() throws {
    let directory = try TestDirectory()
    let path = directory.path + "/arrays.h5"
    let first = try InspectBinary.run(["export", Fixture.path("plain"), "-o", path])
    #expect(first.status == 0, "\(first.error)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.prefix(4) == Data([0x89, 0x48, 0x44, 0x46]))
    let second = try InspectBinary.run(["export", Fixture.path("plain"), "-o", path])
    #expect(second.status == 1 && second.error.contains(path))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test("watch prints what is there, then what lands, and ends with 0 when it is interrupted")
  func watch() throws {
    let directory = try TestDirectory()
    try directory.copy(Fixture.path("plain"), "step-00000000.h5")
    let process = Process()
    process.executableURL = InspectBinary.url
    process.environment = InspectBinary.environment
    process.arguments = ["watch", directory.path, "--interval", "0.05", "--idle", "300"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let first = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    #expect(first.contains("step-00000000.h5") && first.split(separator: "\n").count == 1)
    try directory.copy(Fixture.path("half"), "half.h5.tmp")
    try FileManager.default.moveItem(
      atPath: directory.path + "/half.h5.tmp", toPath: directory.path + "/step-00000001.h5")
    var second = ""
    while !second.contains("step-00000001.h5") {
      second += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    }
    // The second's own ρ is a little above the first's, so both are audited at a common one.
    let lines = second.split(separator: "\n")
    #expect(lines.last?.contains("step-00000001.h5") == true && lines.count == 2)
    #expect(Set(lines.map { $0.split(separator: "ρ").last }).count == 1)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
  }

  @Test("watch ends by itself when nothing lands any more")
  func idle() throws {
    let directory = try TestDirectory()
    try directory.copy(Fixture.path("two"), "step-00000000.h5")
    let outcome = try InspectBinary.run(["watch", directory.path, "--interval", "0.05", "--idle", "0.1"])
    #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 1, "\(outcome.error)")
  }

  @Test("a file that lands bit by bit is read again once it is whole")
  func partial() throws {
    let directory = try TestDirectory()
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("two")))
    let url = URL(fileURLWithPath: directory.path + "/step-00000000.h5")
    try whole.prefix(1000).write(to: url)
    let process = Process()
    process.executableURL = InspectBinary.url
    process.environment = InspectBinary.environment
    process.arguments = ["watch", directory.path, "--interval", "0.05", "--idle", "300"]
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    #expect(String(decoding: error.fileHandleForReading.availableData, as: UTF8.self).contains("step-00000000.h5"))
    let handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
    try handle.write(contentsOf: whole.dropFirst(1000))
    try handle.close()
    #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).contains("step-00000000.h5"))
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
  }

  @Test("a directory that is not there can't be watched")
  func watchNothing() throws {
    let outcome = try InspectBinary.run(["watch", "/nowhere/at/all"])
    #expect(outcome.status == 1 && outcome.error.contains("/nowhere/at/all"))
  }

  @Test("each has help with examples", arguments: ["compare", "watch", "serve", "export"])
  func help(name: String) throws {
    let outcome = try InspectBinary.run([name, "--help"])
    #expect(outcome.status == 0 && outcome.output.contains("Examples:"))
    #expect(try InspectBinary.run(["help", name]).output == outcome.output)
  }

  @Test("what is no subcommand is a file")
  func file() throws {
    let outcome = try InspectBinary.run(["elsewhere", "a.h5"])
    #expect(outcome.status == 1 && outcome.error.contains("elsewhere: no such file"))
  }
}

@Suite("Curves of compared runs")
struct ComparedCurveTests {
  @Test("are of all checkpoints of up to eight runs, over each other, at the tables' ρ")
  func curves() throws {
    let directory = try TestDirectory()
    for (run, files) in [("one", ["plain", "half"]), ("other", ["double", "bfloat16"])] {
      try FileManager.default.createDirectory(atPath: directory.path + "/" + run, withIntermediateDirectories: true)
      for (step, file) in files.enumerated() {
        try directory.copy(Fixture.path(file), "\(run)/step-\(step).h5")
      }
    }
    let runs = ["one", "other"].map { directory.path + "/" + $0 }
    let page = try InspectBinary.run(["compare"] + runs + ["--format", "html"])
    #expect(page.status == 0, "\(page.error)")
    for id in ["share", "norm", "noise"] { #expect(page.output.contains("<section id=\"\(id)\" data-figure>")) }
    let figure = try InspectBinary.run(["compare"] + runs + ["--format", "svg", "--figure", "share"])
    #expect(figure.status == 0 && figure.output.hasPrefix("<svg"))
    // Files alone have no steps.
    let files = try InspectBinary.run(
      ["compare", runs[0] + "/step-0.h5", runs[1] + "/step-0.h5", "--format", "svg", "--figure", "share"])
    #expect(files.status == 1 && files.error.contains("no data for the figure share"))
  }
}
