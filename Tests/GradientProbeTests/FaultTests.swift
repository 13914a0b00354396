import CheckpointHDF5
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import GradientProbe

/// Fails the calls of one operation whose number, from 0, is told.
final class Failing: Sendable {
  private let calls = Atomic(0)
  let numbers: Range<Int>
  init(_ numbers: Range<Int>) { self.numbers = numbers }

  func check(_ operation: String) throws(SystemError) {
    if numbers.contains(calls.wrappingAdd(1, ordering: .relaxed).oldValue) { throw SystemError(operation, code: EIO) }
  }
}

@Suite("A disk that fails does not stop the training", .tags(.faults)) struct FaultTests {
  enum Operation: CaseIterable { case create, write, synchronize, publish }

  func operations(failing operation: Operation, _ numbers: Range<Int>) -> FileOperations {
    let failing = Failing(numbers)
    var operations = FileOperations.system
    let system = FileOperations.system
    switch operation {
    case .create:
      operations.create = { path throws(SystemError) in
        try failing.check("open")
        return try system.create(path)
      }
    case .write:
      operations.write = { descriptor, bytes, offset throws(SystemError) in
        try failing.check("write")
        return try system.write(descriptor, bytes, offset)
      }
    case .synchronize:
      operations.synchronize = { descriptor throws(SystemError) in
        try failing.check("fsync")
        try system.synchronize(descriptor)
      }
    case .publish:
      operations.publish = { from, to throws(SystemError) in
        try failing.check("rename")
        try system.publish(from, to)
      }
    }
    return operations
  }

  @Test(arguments: Operation.allCases) func theErrorComesOnceAndTheNextCheckpointIsTried(operation: Operation) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory, options: options(), operations: operations(failing: operation, 0..<1))
      try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      try waitForFailure(of: recorder)
      let error = #expect(throws: CheckpointError.self) {
        try recorder.capture(Echo(), over: Echo.batches(3), step: 1)
      }
      #expect(error?.file == directory + "/step-00000000.h5")
      try recorder.capture(Echo(), over: Echo.batches(3), step: 2)
      try recorder.finish()
      #expect(try names(in: directory) == ["step-00000001.h5", "step-00000002.h5"])
      #expect(try Rows(directory + "/step-00000001.h5").gradients == Echo.batches(3))
      // Numbers of what was published have no gap.
      #expect(try Rows(directory + "/step-00000001.h5").description.sequence == 0)
      #expect(try Rows(directory + "/step-00000002.h5").description.sequence == 1)
    }
  }

  /// Records three checkpoints, and returns the errors that training was told.
  private func recordThree(in directory: String, _ operations: FileOperations) throws -> [CheckpointError] {
    let recorder = try Recorder(directory: directory, options: options(), operations: operations)
    var errors: [CheckpointError] = []
    for step in 0..<3 {
      do { try recorder.capture(Echo(), over: Echo.batches(3), step: step) } catch let error as CheckpointError {
        errors.append(error)
      }
    }
    do { try recorder.finish() } catch { errors.append(error) }
    return errors
  }

  /// `SOAK=1` takes every call; else one in five.
  @Test(arguments: [ENOSPC, EDQUOT, EIO, EROFS])
  func whicheverCallFailsOneCheckpointIsLostAndToldOnce(code: Int32) throws {
    let isLong = ProcessInfo.processInfo.environment["SOAK"] != nil
    let counting = FaultyOperations(failing: 0..<0, code: code)
    let errors = try withTemporaryDirectory { try recordThree(in: $0, counting.operations) }
    #expect(errors.isEmpty)
    #expect(counting.callCount > 30)
    for index in stride(from: isLong ? 0 : Int.random(in: 0..<5), to: counting.callCount, by: isLong ? 1 : 5) {
      try withTemporaryDirectory { directory in
        let faulty = FaultyOperations(failing: index..<(index + 1), code: code)
        let errors = try recordThree(in: directory, faulty.operations)
        #expect(errors.count == 1, "call \(index)")
        let lost = try #require(errors.first)
        let files = (0..<3).map { "\(directory)/step-0000000\($0).h5" }
        #expect(files.contains(lost.file) && lost.description.contains(" bytes "))
        let found = files.filter(FileManager.default.fileExists)
        // A directory that could not be made to last holds a whole file all the same.
        #expect(Set(found).union([lost.file]) == Set(files))
        #expect(try names(in: directory).count == found.count)
        for file in found { #expect(try Rows(file).gradients == Echo.batches(3)) }
      }
      try withTemporaryDirectory { directory in
        let faulty = FaultyOperations(failing: index..<Int.max, code: code)
        #expect(try !recordThree(in: directory, faulty.operations).isEmpty)
        for name in try names(in: directory) where name.hasSuffix(".h5") {
          #expect(try Rows(directory + "/" + name).gradients == Echo.batches(3))
        }
        // With a disk that works again the same recording goes on.
        let recorder = try Recorder(directory: directory, options: options { $0.resume = true })
        try recorder.capture(Echo(), over: Echo.batches(3), step: 3)
        try recorder.finish()
        #expect(try Rows(directory + "/step-00000003.h5").gradients == Echo.batches(3))
      }
    }
  }

  @Test func finishTellsOfTheLastCheckpoint() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory, options: options(), operations: operations(failing: .synchronize, 0..<1))
      try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      #expect(throws: CheckpointError.self) { try recorder.finish() }
      try recorder.finish()
      #expect(try names(in: directory) == [])
    }
  }

  @Test func severalErrorsAreAllTold() throws {
    try withTemporaryDirectory { directory in
      let messages = Messages()
      let recorder = try Recorder(
        directory: directory, options: options { $0.logger = messages.logger },
        operations: operations(failing: .publish, 0..<2))
      try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      try? recorder.capture(Echo(), over: Echo.batches(3), step: 1)
      #expect(throws: CheckpointError.self) { try recorder.finish() }
      #expect(messages.texts(.error).count <= 1)
    }
  }

  @Test func aSpoolThatFailsLosesOneCheckpoint() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory, options: options { $0.rows = 2 }, operations: operations(failing: .write, 1..<2))
      var errors = 0
      for step in 0..<6 {
        do {
          try recorder.observe(step: step, batchSize: 1, loss: 0) { try $0.writeAll([Float(step), 1]) }
        } catch is CheckpointError {
          errors += 1
        }
      }
      do { try recorder.finish() } catch { errors += 1 }
      #expect(errors == 1)
      #expect(try names(in: directory) == ["step-00000003.h5", "step-00000005.h5"])
      #expect(try Rows(directory + "/step-00000003.h5").gradients == [[2, 1], [3, 1]])
    }
  }

  @Test func aCheckpointThatCannotFitIsRefused() throws {
    try withTemporaryDirectory { directory in
      var operations = FileOperations.system
      operations.availableBytes = { _ in 1_000 }
      let recorder = try Recorder(directory: directory, options: options(), operations: operations)
      let error = #expect(throws: CheckpointError.self) {
        try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      }
      guard case .noSpace(_, available: 1_000) = error?.cause else {
        Issue.record("\(String(describing: error))")
        return
      }
      try recorder.finish()
      #expect(try names(in: directory) == [])
    }
  }

  @Test func captureWaitsForASlowDiskAndDropsNothing() throws {
    try withTemporaryDirectory { directory in
      let messages = Messages()
      var operations = FileOperations.system
      operations.write = { descriptor, bytes, offset throws(SystemError) in
        usleep(2_000)
        return try FileOperations.system.write(descriptor, bytes, offset)
      }
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.queueDepth = 2
          $0.logger = messages.logger
        }, operations: operations)
      for step in 0..<2 { try recorder.capture(Echo(), over: Echo.batches(30), step: step) }
      try recorder.finish()
      for step in 0..<2 { #expect(try Rows(directory + "/step-0000000\(step).h5").gradients == Echo.batches(30)) }
      #expect(messages.texts(.notice).count == 2)
      #expect(messages.texts(.notice)[0].contains("waits"))
    }
  }

  @Test func writingGoesOnBesideTraining() throws {
    try withTemporaryDirectory { directory in
      let gate = DispatchSemaphore(value: 0)
      var operations = FileOperations.system
      operations.synchronize = { descriptor throws(SystemError) in
        gate.wait()
        try FileOperations.system.synchronize(descriptor)
      }
      let recorder = try Recorder(directory: directory, options: options(), operations: operations)
      // Returns although the disk does not: this test would hang if a capture waited for it.
      try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      #expect(try names(in: directory) == [] || names(in: directory) == ["step-00000000.h5.tmp"])
      gate.signal()
      try recorder.finish()
      #expect(try names(in: directory) == ["step-00000000.h5"])
    }
  }

  @Test func aRecorderThatIsLetGoWritesAll() throws {
    try withTemporaryDirectory { directory in
      do {
        let recorder = try Recorder(directory: directory, options: options())
        try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      }
      #expect(try names(in: directory) == ["step-00000000.h5"])
    }
  }

  /// Waits until the writer has met something, so that the next call surely tells of it.
  private func waitForFailure(of recorder: Recorder) throws {
    while true {
      let failures = recorder.queue.takeFailures()
      recorder.queue.putBack(failures)
      if !failures.isEmpty { return }
      usleep(1_000)
    }
  }
}
