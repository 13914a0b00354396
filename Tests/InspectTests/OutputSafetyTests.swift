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
