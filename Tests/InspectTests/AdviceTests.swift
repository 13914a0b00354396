import Checkpoint
import Foundation
import Landscape
import TestSupport
import Testing

@Suite("What somebody meant")
struct AdviceTests {
  @Test(
    "a mistyped subcommand is told as such, and 64",
    arguments: [
      ("validte", "validate"), ("Compare", "compare"), ("wtach", "watch"), ("exprt", "export"), ("hepl", "help"),
    ])
  func subcommand(typed: String, meant: String) throws {
    let outcome = try InspectBinary.run([typed, Fixture.path("plain")])
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(outcome.error == "\(typed): there is no such subcommand, file or directory; did you mean '\(meant)'?\n")
  }

  @Test("a name that is no subcommand's neighbour, or that is there, is a path")
  func path() throws {
    #expect(try InspectBinary.run(["digits"]).error == "digits: no such file or directory\n")
    let directory = try TestDirectory()
    try FileManager.default.copyItem(atPath: Fixture.path("plain"), toPath: directory.path + "/" + "watchh")
    let outcome = try InspectBinary.run(["watchh", "-q"], directory: URL(fileURLWithPath: directory.path))
    #expect(outcome.status == 0 && outcome.error.isEmpty)
  }

  @Test(
    "an ending that is no format's is refused with the list, before anything is read",
    arguments: [["-o", "r.pdf"], ["-o", "runs.d/r.HTML.png"], ["compare", "-o", "r.xlsx"]])
  func endings(arguments: [String]) throws {
    let directory = try TestDirectory()
    let outcome = try InspectBinary.run(
      arguments + ["/nowhere/a.h5", "/nowhere/b.h5"], directory: URL(fileURLWithPath: directory.path))
    #expect(outcome.status == 64 && outcome.output.isEmpty)
    #expect(outcome.error.contains(".txt, .json, .csv, .html or .svg"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
  }

  @Test(
    "endings choose the format, and --format stands above them",
    arguments: [
      (["-o", "a.HTM"], "a.HTM", "<!DOCTYPE html>"), (["-o", "a.json"], "a.json", "{"),
      (["-o", "a.txt"], "a.txt", Fixture.path("two")), (["-o", "v1.2/report"], "v1.2/report", Fixture.path("two")),
      (["-o", "a.pdf", "--format", "csv"], "a.pdf", "file,run,step"),
      (["-o", ".hidden"], ".hidden", Fixture.path("two")),
    ])
  func formats(arguments: [String], name: String, start: String) throws {
    let directory = try TestDirectory()
    try FileManager.default.createDirectory(atPath: directory.path + "/" + "v1.2", withIntermediateDirectories: true)
    let outcome = try InspectBinary.run(
      [Fixture.path("two")] + arguments, directory: URL(fileURLWithPath: directory.path))
    #expect(outcome.status == 0)
    #expect(try String(contentsOfFile: directory.path + "/" + name, encoding: .utf8).hasPrefix(start))
  }

  @Test("watch is told of a file, export of a directory, with what to give instead")
  func kinds() throws {
    let directory = try TestDirectory()
    let file = directory.path + "/" + "step-00000001.h5"
    try FileManager.default.copyItem(atPath: Fixture.path("plain"), toPath: file)
    let watch = try InspectBinary.run(["watch", file])
    #expect(watch.status == 1 && watch.error.contains("inspect watch \(directory.path)"), "\(watch.error)")
    let export = try InspectBinary.run(["export", directory.path, "-o", directory.path + "/" + "a.h5"])
    #expect(export.status == 1 && export.error.contains("such as \(file)"), "\(export.error)")
    let npz = try InspectBinary.run(["export", file, "-o", directory.path + "/" + "a.npz"])
    #expect(npz.status == 64 && npz.error.contains("*.h5"))
  }

  @Test("a slice or an export given alone is told for what it is")
  func others() throws {
    let directory = try TestDirectory()
    let arrays = directory.path + "/" + "arrays.h5"
    #expect(try InspectBinary.run(["export", Fixture.path("plain"), "-o", arrays]).status == 0)
    let outcome = try InspectBinary.run([arrays])
    #expect(outcome.status == 1 && outcome.error.contains("it holds exported matrices, not a checkpoint: give"))
    #expect(
      CheckpointError(file: "a", cause: .notCheckpoint(format: Slice.format)).description
        == "a: it holds a slice through losses, not a checkpoint: it is drawn with the checkpoint file that it lies beside"
    )
  }
}
