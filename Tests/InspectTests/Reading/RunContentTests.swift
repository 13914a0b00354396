import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite("A run's directory") struct RunContentTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Files of one run, numbered in the order told, each for its step.
  private func write(_ name: String, steps: [Int], partial: Set<Int> = []) throws -> String {
    let directory = scratch(name)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for (sequence, step) in steps.enumerated() {
      var header = smallHeader()
      header.run = name
      header.sequence = sequence
      header.step = step
      header.isPartial = partial.contains(step)
      let digits = String(step)
      let padded = String(repeating: "0", count: 8 - digits.count) + digits
      try writeSmall(header, to: "\(directory)/step-\(padded).h5")
    }
    return directory
  }

  @Test("that was resumed at an earlier step is shown by its newest branch, and so compared")
  func resumed() throws {
    let directory = try write("a", steps: [0, 100, 200, 150])
    let outcome = Command.inspect.run([directory, "-q"], in: scratch)
    #expect(outcome.status == 0 && outcome.output.contains("step-00000150.h5"))
    #expect(!outcome.output.contains("step-00000200.h5"))
    #expect(outcome.errors.contains("abandoned") || outcome.errors.contains("resumed at an earlier step"))
    let other = try write("b", steps: [0, 10])
    let compared = Command.inspect.run(["compare", directory, other, "--format", "csv"], in: scratch)
    #expect(compared.status == 0 && compared.output.contains(",150,") && !compared.output.contains(",200,"))
  }

  @Test("whose last file lacks rows is compared by the last that is whole")
  func partial() throws {
    let directory = try write("a", steps: [0, 100, 173], partial: [173])
    let other = try write("b", steps: [0, 10])
    let compared = Command.inspect.run(["compare", directory, other, "--format", "csv"], in: scratch)
    #expect(compared.status == 0 && compared.output.contains(",100,") && !compared.output.contains(",173,"))
  }

  @Test("whose last file is damaged is compared by the one before it, and never in silence")
  func damaged() throws {
    let directory = try write("a", steps: [0, 100, 173])
    let damaged = directory + "/step-00000173.h5"
    try bytes(of: damaged).prefix(300).write(to: URL(filePath: damaged))
    let other = try write("b", steps: [0, 10])
    let compared = Command.inspect.run(["compare", directory, other, "-q", "--format", "csv"], in: scratch)
    #expect(compared.status == 1 && compared.output.contains(",100,") && !compared.output.contains(",173,"))
    #expect(compared.errorLines.count == 1 && compared.errors.hasPrefix(damaged + ": "), "\(compared.errors)")
  }

  @Test("that also holds an export is reported, with a word")
  func export() throws {
    let directory = try write("a", steps: [0, 10])
    let exported = directory + "/step-00000010-arrays.h5"
    #expect(Command.inspect.run(["export", directory + "/step-00000010.h5", "-o", exported], in: scratch).status == 0)
    let outcome = Command.inspect.run([directory, "-q"], in: scratch)
    #expect(outcome.status == 0 && outcome.errors.contains("passed over"))
    #expect(Command.inspect.run(["validate", directory], in: scratch).status == 0)
    let other = try write("b", steps: [0, 10])
    #expect(Command.inspect.run(["compare", directory, other], in: scratch).status == 0)
  }
}
