import Foundation
import TestSupport
import Testing

@Suite("Hostile files") struct HostileFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("end in one line that names the file and the cause", arguments: HostileFile.all)
  func endInOneLine(hostile: HostileFile) throws {
    let path = scratch("hostile.h5")
    let secret = scratch("secret.h5")
    try writeSmall(to: secret)
    try hostile.make(at: path, secret: secret)
    for arguments in [[path], ["validate", path]] {
      let outcome = Command.inspect.run(arguments, in: scratch, seconds: 30)
      #expect(outcome.status == 1 && !outcome.isTimedOut)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.hasPrefix(path + ": "))
      #expect((arguments.count == 1 ? outcome.errors : outcome.output).contains(hostile.complaint))
      #expect(outcome.peakMemory < 512 << 20)
    }
  }
}
