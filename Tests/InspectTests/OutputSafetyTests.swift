import Foundation
import Testing

@Suite("Where a result is written")
struct OutputSafetyTests {
  enum Name: CaseIterable { case itself, symbolicLink, hardLink, dotted, other }

  @Test(
    "no report takes the place of a checkpoint, by whatever name", arguments: Name.allCases,
    [["--format", "json"], ["--format", "text"], ["--format", "svg"], ["--format", "csv"], ["--format", "html"]])
  func input(name: Name, format: [String]) throws {
    let directory = try TestDirectory()
    let file = directory.path + "/a.h5"
    try FileManager.default.copyItem(atPath: Fixture.path("plain"), toPath: file)
    let before = try Data(contentsOf: URL(filePath: file))
    let output: String
    switch name {
    case .itself: output = file
    case .symbolicLink:
      output = directory.path + "/link.txt"
      try FileManager.default.createSymbolicLink(atPath: output, withDestinationPath: file)
    case .hardLink:
      output = directory.path + "/hard"
      try FileManager.default.linkItem(atPath: file, toPath: output)
    case .dotted: output = directory.path + "/./a.h5"
    case .other:
      output = directory.path + "/b.h5"
      try FileManager.default.copyItem(atPath: Fixture.path("two"), toPath: output)
    }
    let kept = try Data(contentsOf: URL(filePath: output))
    for command in [[file], ["compare", file, Fixture.path("two")]] where command.count == 1 || format[1] != "svg" {
      let outcome = try InspectBinary.run(command + ["-o", output] + format)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("it holds HDF5 data") && outcome.error.split(separator: "\n").count == 1)
      #expect(try Data(contentsOf: URL(filePath: file)) == before)
      #expect(try Data(contentsOf: URL(filePath: output)) == kept)
    }
  }

  @Test("an export replaces nothing")
  func export() throws {
    let directory = try TestDirectory()
    let file = directory.path + "/a.h5"
    try FileManager.default.copyItem(atPath: Fixture.path("plain"), toPath: file)
    let outcome = try InspectBinary.run(["export", file, "-o", file])
    #expect(outcome.status == 1)
    #expect(try Data(contentsOf: URL(filePath: file)) == Data(contentsOf: URL(filePath: Fixture.path("plain"))))
  }

  @Test(
    "no report takes the place of an input that is too damaged to be told for HDF5", arguments: Name.allCases,
    [[], ["compare"]])
  func damagedInput(name: Name, command: [String]) throws {
    let directory = try TestDirectory()
    let file = directory.path + "/run/a.h5"
    try FileManager.default.createDirectory(atPath: directory.path + "/run", withIntermediateDirectories: false)
    var content = try Data(contentsOf: URL(filePath: Fixture.path("plain")))
    content[0] ^= 1
    try content.write(to: URL(filePath: file))
    let output: String
    switch name {
    case .itself: output = file
    case .symbolicLink:
      output = directory.path + "/link"
      try FileManager.default.createSymbolicLink(atPath: output, withDestinationPath: file)
    case .hardLink:
      output = directory.path + "/hard"
      try FileManager.default.linkItem(atPath: file, toPath: output)
    case .dotted: output = directory.path + "/run/../run/a.h5"
    case .other: return
    }
    for input in [file, directory.path + "/run", directory.path] {
      let outcome = try InspectBinary.run(
        command + [Fixture.path("two"), Fixture.path("plain"), input, "-o", output, "--format", "json"])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("which is read: name another file"), "\(outcome.error)")
      #expect(try Data(contentsOf: URL(filePath: output)) == content)
    }
    let factors = try InspectBinary.run([Fixture.path("plain"), "--factors", file, "-o", output, "--format", "json"])
    #expect(factors.status == 1 && factors.error.contains("which is read: name another file"))
  }

  @Test("an export looks at its output before anything is read")
  func exportOutput() throws {
    let directory = try TestDirectory()
    let there = try directory.write("there.h5", "")
    for (output, complaint) in [("/no/such/directory/x.h5", "/no/such/directory"), (there, "already")] {
      let outcome = try InspectBinary.run(["export", "/nowhere.h5", "-o", output])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains(complaint) && !outcome.error.contains("/nowhere.h5"))
    }
  }

  @Test("a directory that is missing is told before anything is read")
  func missingDirectory() throws {
    let outcome = try InspectBinary.run(["/nowhere.h5", "-o", "/no/such/directory/r.html"])
    #expect(outcome.status == 1)
    #expect(outcome.error.contains("/no/such/directory") && !outcome.error.contains("/nowhere.h5"))
  }

  @Test("an earlier report is replaced")
  func earlierReport() throws {
    let directory = try TestDirectory()
    let output = try directory.write("r.json", "{}")
    #expect(try InspectBinary.run([Fixture.path("plain"), "-o", output]).status == 0)
    #expect(try String(contentsOf: URL(filePath: output), encoding: .utf8).contains("gradient-probe.report/1"))
  }
}
