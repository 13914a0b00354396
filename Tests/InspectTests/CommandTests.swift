import Foundation
import Testing

@Suite("The inspect command")
struct CommandTests {
  private func checkpoints(_ arguments: [String]) throws -> [[String: Any]] {
    let outcome = try InspectBinary.run(arguments + ["--format", "json"])
    return try #require(try outcome.json()["checkpoints"] as? [[String: Any]])
  }

  private func value(_ checkpoint: [String: Any], _ path: String) -> Double? {
    var found: Any? = checkpoint
    for name in path.split(separator: ".") { found = (found as? [String: Any])?[String(name)] }
    if let estimate = found as? [String: Any] { found = estimate["value"] }
    return (found as? NSNumber)?.doubleValue
  }

  // MARK: Exit status

  @Test("a bad file is one line that names it and the cause, and 1")
  func badFile() throws {
    let directory = try TestDirectory()
    let text = try directory.write("notes.h5", "not a checkpoint")
    for (path, cause) in [("/nowhere/at/all.h5", "no such file"), (text, "not an HDF5 file")] {
      let outcome = try InspectBinary.run([path])
      #expect(outcome.status == 1)
      let lines = outcome.error.split(separator: "\n")
      #expect(lines.count == 1 && lines.first?.contains(path) == true && outcome.error.contains(cause))
      #expect(outcome.output.isEmpty)
    }
  }

  @Test("one bad file among several: the others are reported, and 1")
  func badAmongGood() throws {
    let outcome = try InspectBinary.run([Fixture.path("plain"), "/nowhere.h5", Fixture.path("two"), "--format", "json"])
    #expect(outcome.status == 1)
    #expect(outcome.error.split(separator: "\n").filter { $0.contains("/nowhere.h5") }.count == 1)
    let json = try outcome.json()
    #expect((json["checkpoints"] as? [Any])?.count == 2)
    #expect((json["failures"] as? [[String: Any]])?.map { $0["file"] as? String } == ["/nowhere.h5"])
  }

  @Test(
    "wrong usage is 64",
    arguments: [
      [], ["--format", "xml", "a.h5"], ["--damping", "diagonal:0", "a.h5"], ["--damping", "diagonal:1.5", "a.h5"],
      ["--damping", "both", "a.h5"], ["--measures", "regret,nothing", "a.h5"], ["--fisher", "best", "a.h5"],
      ["--solver", "magic", "a.h5"], ["--memory", "much", "a.h5"], ["--fail-above", "kl.held_out.regret", "a.h5"],
      ["--fail-above", "kl.nothing=1", "a.h5"], ["--no-such-option", "a.h5"], ["--figure", "path", "a.h5"],
    ])
  func usage(arguments: [String]) throws {
    let outcome = try InspectBinary.run(arguments)
    #expect(outcome.status == 64)
    #expect(!outcome.error.isEmpty && outcome.output.isEmpty)
  }

  @Test("a measure above its limit is told with its value, and 2")
  func gate() throws {
    let file = Fixture.path("plain")
    let regret = try #require(value(try checkpoints([file])[0], "kl.held_out.regret"))
    let above = try InspectBinary.run([file, "--quiet", "--fail-above", "kl.held_out.regret=\(regret * 0.99)"])
    #expect(above.status == 2)
    #expect(above.error.contains(file) && above.error.contains("kl.held_out.regret"))
    let below = try InspectBinary.run([
      file, "--quiet", "--fail-above", "kl.held_out.regret=\(regret * 1.01)", "--fail-above", "metrics.train_loss=1e9",
      "--fail-above", "tensors.hidden.weight.kl=1e9", "--fail-above", "damping_path.0.regret=1e9",
    ])
    #expect(below.status == 0 && below.error.isEmpty, "\(below.error)")
    let second = try InspectBinary.run([
      file, "--quiet", "--fail-above", "kl.held_out.regret=1e9", "--fail-above", "euclidean.regret=0",
    ])
    #expect(second.status == 2)
  }

  @Test("a limit on a measure that can't be computed is 1, not passed over")
  func unknownGate() throws {
    let outcome = try InspectBinary.run([Fixture.path("two"), "--quiet", "--fail-above", "kl.held_out.regret=1"])
    #expect(outcome.status == 1)
    #expect(outcome.error.contains("kl.held_out.regret"))
  }

  // MARK: What is audited

  @Test("a directory is a run by step; what is not *.h5 is passed over")
  func directory() throws {
    let directory = try TestDirectory()
    try directory.copy(Fixture.path("plain"), "step-00000010.h5")
    try directory.copy(Fixture.path("two"), "step-00000002.h5")
    try directory.write("step-00000020.h5.tmp", "half a file")
    try directory.write("notes.txt", "text")
    let outcome = try InspectBinary.run([directory.path, "--format", "json", "--quiet"])
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect((try outcome.json()["checkpoints"] as? [Any])?.count == 2)
  }

  @Test("a directory without checkpoints is an error")
  func emptyDirectory() throws {
    let directory = try TestDirectory()
    let outcome = try InspectBinary.run([directory.path])
    #expect(outcome.status == 1 && outcome.error.contains(directory.path))
  }

  @Test("several files keep the order given")
  func order() throws {
    let files = ["two", "plain", "half"].map { Fixture.path($0) }
    #expect(try checkpoints(files).map { $0["file"] as? String } == files)
  }

  @Test(
    "--fisher chooses, and what is not there is an error", arguments: ["exact", "sampled", "empirical", "minibatch"])
  func fisher(kind: String) throws {
    let kl = try #require(try checkpoints([Fixture.path("plain"), "--fisher", kind])[0]["kl"] as? [String: Any])
    #expect(kl["fisher"] as? String == kind)
    let missing = try InspectBinary.run([Fixture.path("gradients-only"), "--fisher", kind])
    #expect(missing.status == (kind == "minibatch" ? 0 : 1))
  }

  @Test("--measures computes what is asked for; the rest is null")
  func measures() throws {
    let checkpoint = try checkpoints([Fixture.path("plain"), "--measures", "regret,path"])[0]
    #expect(checkpoint["tensors"] is NSNull && checkpoint["fisher"] is NSNull)
    #expect((checkpoint["damping_path"] as? [Any])?.count == 13)
    #expect((checkpoint["kl"] as? [String: Any])?["held_out"] is NSNull)
    #expect(value(checkpoint, "kl.in_sample.regret") != nil)
  }

  @Test("--tensors restricts the audit", arguments: [("hidden.*", 25), ("*.bias", 8), ("output.weight", 15)])
  func tensors(pattern: String, parameters: Int) throws {
    let checkpoint = try checkpoints([Fixture.path("plain"), "--tensors", pattern])[0]
    #expect(checkpoint["parameters"] as? Int == parameters)
    #expect(checkpoint["tensor_selection"] as? String == pattern)
    let none = try InspectBinary.run([Fixture.path("plain"), "--tensors", "nothing.*"])
    #expect(none.status == 1 && none.error.contains("hidden.weight"))
  }

  @Test("a tensor alone has the regret that the whole audit gives it")
  func oneTensor() throws {
    let arguments = [Fixture.path("double"), "--damping", "diagonal:0.1"]
    let whole = try #require(try checkpoints(arguments)[0]["tensors"] as? [[String: Any]])
    let alone = try checkpoints(arguments + ["--tensors", "output.weight"])[0]
    let entry = try #require(whole.first { $0["name"] as? String == "output.weight" })
    for (path, name) in [("euclidean.regret", "euclidean"), ("kl.in_sample.regret", "kl")] {
      let (a, b) = (try #require(value(alone, path)), try #require(value(entry, name)))
      #expect(abs(a - b) < 1e-9 * abs(b))
    }
  }

  @Test("--factors takes another file's factors at the same parameters")
  func factors() throws {
    let own = try checkpoints([Fixture.path("plain")])[0]
    let borrowed = try checkpoints([Fixture.path("gradients-only"), "--factors", Fixture.path("plain")])[0]
    for path in ["kl.held_out.regret", "kl.in_sample.regret", "fisher.trace"] {
      #expect(value(own, path) == value(borrowed, path) && value(own, path) != nil)
    }
    let other = try InspectBinary.run([Fixture.path("gradients-only"), "--factors", Fixture.path("rescaled")])
    #expect(other.status == 1 && other.error.contains("rescaled.h5"))
    let none = try InspectBinary.run([Fixture.path("plain"), "--factors", Fixture.path("gradients-only")])
    #expect(none.status == 1 && none.error.contains("no factors"))
  }

  @Test("--reference and --fisher-group choose among the file's groups")
  func groups() throws {
    let file = Fixture.path("many-groups")
    let names = { (checkpoint: [String: Any]) in
      (checkpoint["groups"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    }
    let first = try #require(try checkpoints([file, "--format", "json"]).first)
    #expect(names(first) == ["clean", "shuffled labels", "one", "larger"])
    #expect(first["reference"] as? String == "clean" && first["fisher_group"] as? String == "clean")
    #expect(first["minibatches"] as? Int == 5)
    let other = try #require(
      try checkpoints([file, "--format", "json", "--reference", "larger", "--fisher-group", "all"]).first)
    #expect(other["reference"] as? String == "larger" && other["fisher_group"] as? String == "all")
    #expect(other["minibatches"] as? Int == 3 && other["batch_size"] as? Double == 9)
    for arguments in [["--reference", "dirty"], ["--fisher-group", "dirty"]] {
      let outcome = try InspectBinary.run([file] + arguments)
      #expect(outcome.status == 1 && outcome.error.split(separator: "\n").count == 1)
      #expect(
        outcome.error.hasPrefix(file + ": ") && outcome.error.contains("\"dirty\"")
          && outcome.error.contains("\"clean\""))
    }
    let without = try InspectBinary.run([Fixture.path("plain"), "--reference", "train"])
    #expect(without.status == 1 && without.error.contains("no groups"))
  }

  @Test("a run in which some checkpoints tell of groups and others do not says so")
  func unlikeGroups() throws {
    let directory = try TestDirectory()
    try directory.copy(Fixture.path("plain"), "step-00000000.h5")
    try directory.copy(Fixture.path("two-groups"), "step-00000001.h5")
    let json = try checkpoints([directory.path, "--format", "json"])
    let codes = json.map { ($0["warnings"] as? [[String: Any]])?.compactMap { $0["code"] as? String } ?? [] }
    #expect(codes.count { $0.contains("groups_differ") } == 1)
    let gate = try InspectBinary.run(
      [Fixture.path("two-groups"), "--quiet", "--fail-above", "transfer.train.validation.kl.held_out.excess=0.5"])
    #expect(gate.status == 2 && gate.error.contains("transfer.train.validation.kl.held_out.excess is "))
    let unsupported = try InspectBinary.run(
      [Fixture.path("two-groups"), "--quiet", "--fail-above", "transfer.train.validation.kl.estimate.excess=0.5"])
    #expect(unsupported.status == 1 && unsupported.error.contains("not supported"))
  }

  @Test("--explain tells the plan and runs nothing")
  func explain() throws {
    let outcome = try InspectBinary.run([Fixture.path("plain"), "--explain", "--format", "json", "--solver", "gram"])
    #expect(outcome.status == 0)
    let plan = try #require((try outcome.json()["plans"] as? [[String: Any]])?.first)
    #expect(plan["solver"] as? String == "gram")
    #expect((plan["bytes_to_read"] as? Int ?? 0) > 0 && (plan["expected_peak"] as? Int ?? 0) > 0)
    #expect((plan["kernel"] as? String)?.isEmpty == false)
    let text = try InspectBinary.run([Fixture.path("plain"), "--explain"])
    #expect(text.output.contains("solver") && !text.output.contains("regret"))
  }

  // MARK: Output

  @Test("-o writes the same bytes as standard output", arguments: ["json", "csv", "html", "text"])
  func outputFile(format: String) throws {
    let directory = try TestDirectory()
    let path = directory.path + "/result"
    let printed = try InspectBinary.run([Fixture.path("plain"), "--format", format])
    let written = try InspectBinary.run([Fixture.path("plain"), "--format", format, "-o", path])
    #expect(written.status == 0 && written.output.isEmpty)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == printed.output)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["result"])
    let impossible = try InspectBinary.run([Fixture.path("plain"), "-o", directory.path + "/no/such/place"])
    #expect(impossible.status == 1 && impossible.error.contains("/no/such/place"))
  }

  @Test(
    "the name after -o chooses the format",
    arguments: [("a.json", "{"), ("a.html", "<!DOCTYPE"), ("a.csv", "file,"), ("a.svg", "<svg")])
  func formatByName(name: String, start: String) throws {
    let directory = try TestDirectory()
    #expect(try InspectBinary.run([Fixture.path("plain"), "-o", directory.path + "/" + name]).status == 0)
    #expect(try String(contentsOfFile: directory.path + "/" + name, encoding: .utf8).hasPrefix(start))
  }

  @Test("no colour and no progress unless on a terminal")
  func plainText() throws {
    let outcome = try InspectBinary.run([Fixture.path("plain")])
    #expect(!outcome.output.contains("\u{1b}") && outcome.error.isEmpty)
  }

  @Test("--quiet prints one line a checkpoint")
  func quiet() throws {
    let outcome = try InspectBinary.run([Fixture.path("plain"), Fixture.path("two"), "--quiet"])
    #expect(outcome.output.split(separator: "\n").count == 3 && outcome.error.isEmpty)
  }

  @Test("help is there for the command and each subcommand, with examples")
  func help() throws {
    let help = try InspectBinary.run(["--help"])
    #expect(help.status == 0 && help.output.contains("--fail-above") && help.output.contains("Examples:"))
    for line in help.output.split(separator: "\n") { #expect(line.count <= 80) }
    #expect(try InspectBinary.run(["help"]).output == help.output)
    #expect(try InspectBinary.run(["--version"]).output.contains("BLAS"))
  }

  @Test("completions are there for each shell", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let outcome = try InspectBinary.run(["--generate-completion-script", shell])
    #expect(outcome.status == 0 && outcome.output.contains("fail-above"))
  }
}

/// A directory that goes away with the test.
final class TestDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("inspect-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
    return path + "/" + name
  }

  @discardableResult
  func copy(_ file: String, _ name: String) throws -> String {
    try FileManager.default.copyItem(atPath: file, toPath: path + "/" + name)
    return path + "/" + name
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Kernels of OpenBLAS, chosen by variable", .enabled(if: isOpenBLASOnX86))
struct KernelChoiceTests {
  @Test(
    "give the same numbers to rounding, and are named",
    arguments: ["Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen"])
  func cores(core: String) throws {
    let options = ["--format", "csv"]
    let expected = try InspectBinary.run([Fixture.path("plain")] + options)
    let found = try InspectBinary.run([Fixture.path("plain")] + options, environment: ["OPENBLAS_CORETYPE": core])
    #expect(expected.status == 0 && found.status == 0)
    let pairs = zip(expected.output.split(separator: "\n"), found.output.split(separator: "\n"))
    for (line, other) in pairs {
      let (fields, others) = (
        line.split(separator: ",", omittingEmptySubsequences: false),
        other.split(separator: ",", omittingEmptySubsequences: false)
      )
      #expect(fields.prefix(5) == others.prefix(5))
      guard let value = Double(fields[5]), let same = Double(others[5]) else { continue }
      #expect(abs(value - same) <= 1e-6 * abs(value) + 1e-9, "\(line) and \(other)")
    }
    let version = try InspectBinary.run(["--version"], environment: ["OPENBLAS_CORETYPE": core])
    #expect(version.output.contains("OpenBLAS \(core), chosen by OPENBLAS_CORETYPE"))
  }
}

/// Where these names of kernels mean something.
private let isOpenBLASOnX86: Bool = {
  #if os(Linux) && arch(x86_64)
    true
  #else
    false
  #endif
}()
