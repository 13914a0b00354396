import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite("Hostile files") struct HostileFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("end in one line that names the file and the cause", arguments: HostileFile.all)
  func endInOneLine(hostile: HostileFile) throws {
    let path = try hostile.make(in: scratch)
    for arguments in [[path], ["validate", path]] {
      let outcome = Command.inspect.run(arguments, in: scratch, seconds: 30)
      #expect(outcome.status == 1 && !outcome.isTimedOut)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.hasPrefix(path + ": "))
      #expect((arguments.count == 1 ? outcome.errors : outcome.output).contains(hostile.complaint))
      #expect(outcome.peakMemory < Command.memoryLimit)
    }
  }

  @Test("end in one line where a slice is expected, too", arguments: HostileFile.all)
  func endInOneLineAsSlices(hostile: HostileFile) throws {
    let path = try hostile.make("hostile.slice.h5", in: scratch)
    let outcome = Command.inspect.run(["validate", path], in: scratch, seconds: 30)
    #expect(outcome.status == 1 && !outcome.isTimedOut)
    #expect(outcome.errorLines == ["\(path): 1 fault"])
    #expect(outcome.output.split(separator: "\n").last?.hasPrefix("\(path): fault: ") == true)
    #expect(outcome.peakMemory < Command.memoryLimit)
  }

  /// What is allowed, and as large as it may be.
  @Test(
    "are no reason to crash where numbers are merely extreme",
    arguments: [
      [], ["--format", "json"], ["--format", "csv"], ["--format", "html"], ["--format", "svg"], ["--explain"],
      ["--damping", "identity:1e-30"],
    ])
  func extremeNumbers(options: [String]) throws {
    var header = smallHeader()
    header.batchSizes = [.max, .max, 1]
    header.step = .max
    header.sequence = .max
    header.metrics = ["\u{1b}[2J<b>": .greatestFiniteMagnitude, "=1+1": -.greatestFiniteMagnitude]
    header.tensors = [TensorLayout("\u{1b}]0;<script>", shape: [3, 5]), TensorLayout("=cmd()", shape: [3])].columns
    header.groups = MinibatchGroups(names: ["\u{1b}[31m<i>", "=1+1"], ids: [1, 0, 1])
    try writeSmall(header, to: scratch("extreme.h5"))
    let outcome = Command.inspect.run([scratch("extreme.h5")] + options, in: scratch)
    #expect(outcome.signal == nil && [0, 1].contains(outcome.status) && !outcome.isTimedOut)
    #expect(!(outcome.output + outcome.errors).contains("\u{1b}"))
    for word in ["validate", "compare"] where options.isEmpty {
      let outcome = Command.inspect.run([word, scratch("extreme.h5")], in: scratch)
      #expect(outcome.signal == nil && [0, 1].contains(outcome.status) && !outcome.output.contains("\u{1b}"))
    }
  }
}
