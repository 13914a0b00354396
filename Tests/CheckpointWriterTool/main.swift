import Checkpoint
import CheckpointHDF5
import GradientProbe
import TestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// A process for tests to kill, interrupt, limit and rob of its disk.
//   checkpoint-writer write DIRECTORY COUNT    writes COUNT checkpoints, a line each: `published NAME`, `failed CAUSE`
//   checkpoint-writer record DIRECTORY COUNT   records COUNT steps as a training loop does
//   checkpoint-writer shard DIRECTORY COUNT RANK R   records as one of R ranks, resuming what is there
//   checkpoint-writer resume DIRECTORY COUNT   goes on with what is recorded there, up to COUNT steps

/// A line on standard output at once: the process may not live to flush a buffer.
func say(_ line: String) {
  var line = line + "\n"
  line.withUTF8 { bytes in _ = write(STDOUT_FILENO, bytes.baseAddress, bytes.count) }
}

/// Writes checkpoints one after another, on this thread.
func writeCheckpoints(_ count: Int, in directory: String) {
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
}

/// A model whose gradients are known from the minibatch's number.
struct Line: Probe {
  let tensors = [TensorLayout("weight", shape: [3, 5]), TensorLayout("bias", shape: [3])]
  func batchSize(of batch: Int) -> Int { batch + 1 }
  func gradient(over batch: Int, into gradient: inout GradientRow) throws -> Double {
    try gradient.writeAll(smallRow(batch, of: .gradients))
    return 0.5
  }
}

/// Records every step of a training run of `count` steps; what the disk refuses does not stop it.
func record(_ count: Int, in directory: String, resume: Bool) -> Int32 {
  var options = RecorderOptions()
  options.schedule = .every(1)
  options.resume = resume
  do {
    let recorder = try Recorder(directory: directory, options: options)
    for step in 0..<count where recorder.isDue(at: step) {
      do {
        try recorder.capture(Line(), over: 0..<3, step: step)
        say("captured \(step)")
      } catch let error as CheckpointError {
        say("failed \(error)")
      }
    }
    try recorder.finish()
    return 0
  } catch {
    say("failed \(error)")
    return 1
  }
}

/// Records its columns of every step as rank `rank` of `count`.
func recordShard(_ rank: Int, of ranks: Int, steps: Int, in directory: String) -> Int32 {
  let columns = (18 * rank / ranks)..<(18 * (rank + 1) / ranks)
  struct Part: Probe {
    let columns: Range<Int>
    let tensors = [TensorLayout("weight", shape: [3, 5]), TensorLayout("bias", shape: [3])]
    func batchSize(of batch: Int) -> Int { batch + 1 }
    func gradient(over batch: Int, into gradient: inout GradientRow) throws -> Double {
      try gradient.writeAll(Array(smallRow(batch, of: .gradients)[columns]))
      return 0.5
    }
  }
  var options = RecorderOptions()
  options.schedule = .every(1)
  options.resume = true
  options.shard = Shard(rank: rank, of: ranks, columns: columns)
  options.shardTimeout = 2
  do {
    let recorder = try Recorder(directory: directory, options: options)
    for step in 0..<steps where recorder.isDue(at: step) {
      do {
        try recorder.capture(Part(columns: columns), over: 0..<3, step: step)
        say("captured \(step)")
      } catch let error as CheckpointError {
        say("failed \(error)")
        // A rank is gone: a launcher ends them all.
        return 1
      }
    }
    try recorder.finish()
    return 0
  } catch {
    say("failed \(error)")
    return 1
  }
}

let (directory, count) = (CommandLine.arguments[2], Int(CommandLine.arguments[3])!)
switch CommandLine.arguments[1] {
case "record": exit(record(count, in: directory, resume: false))
case "resume": exit(record(count, in: directory, resume: true))
case "shard":
  exit(
    recordShard(Int(CommandLine.arguments[4])!, of: Int(CommandLine.arguments[5])!, steps: count, in: directory))
default: writeCheckpoints(count, in: directory)
}
