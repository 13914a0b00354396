import Checkpoint
import CheckpointHDF5
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// Writes COUNT checkpoints into DIRECTORY and says a line for each: `published NAME` or `failed CAUSE`. Tests kill it,
// limit it and fill its disk.

/// A line on standard output at once: the process may not live to flush a buffer.
func say(_ line: String) {
  var line = line + "\n"
  line.withUTF8 { bytes in _ = write(STDOUT_FILENO, bytes.baseAddress, bytes.count) }
}

let directory = CommandLine.arguments[1]
let count = Int(CommandLine.arguments[2])!
for index in 0..<count {
  let name = "step-\(String(repeating: "0", count: 8 - String(index).count))\(index).h5"
  var header = smallHeader()
  header.sequence = index
  header.step = index
  do throws(CheckpointError) {
    try writeSmall(header, to: directory + "/" + name)
    say("published \(name)")
  } catch {
    say("failed \(error)")
  }
}
