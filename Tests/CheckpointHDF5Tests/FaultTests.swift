import Checkpoint
@testable import CheckpointHDF5
import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite("A failing disk", .tags(.faults)) struct FaultTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("costs at most the checkpoint that is being written, whichever call fails", arguments: [ENOSPC, EIO, EROFS])
  func everyCall(code: Int32) throws {
    let (first, second) = (scratch("first.h5"), scratch("second.h5"))
    try writeSmall(to: first)
    let expected = try bytes(of: first)
    let counting = FaultyOperations(failing: 0..<0, code: code)
    try writeSmall(to: second, operations: counting.operations)
    let callCount = counting.callCount
    #expect(callCount > 20)
    #expect(try bytes(of: second) == expected)
    try FileManager.default.removeItem(atPath: second)

    // All calls for the commonest fault; a fifth of them for others.
    for index in stride(from: 0, to: callCount, by: code == ENOSPC ? 1 : 5) {
      let faulty = FaultyOperations(failing: index..<(index + 1), code: code)
      let error = #expect(throws: CheckpointError.self) { try writeSmall(to: second, operations: faulty.operations) }
      #expect(error?.file == second)
      #expect(error.map { "\($0)" }?.contains("\(expected.count) bytes") == true)
      #expect(try bytes(of: first) == expected)
      if index == callCount - 1 {
        // The directory could not be made to last; the file is whole.
        #expect(try bytes(of: second) == expected)
      } else {
        #expect(scratch.names == ["first.h5"])
        try writeSmall(to: second)
        #expect(try bytes(of: second) == expected)
      }
      try FileManager.default.removeItem(atPath: second)
    }
  }

  @Test("leaves no more than a temporary file when it comes to stay")
  func permanently() throws {
    for index in 0..<10 {
      let path = scratch("a.h5")
      let faulty = FaultyOperations(failing: index..<Int.max, code: EIO)
      var operations = faulty.operations
      operations.remove = { _ throws(SystemError) in throw SystemError("unlink", code: EIO) }
      #expect(throws: CheckpointError.self) { try writeSmall(to: path, operations: operations) }
      #expect(Set(scratch.names).isSubset(of: ["a.h5.tmp"]))
    }
    try writeSmall(to: scratch("a.h5"))
    #expect(scratch.names == ["a.h5"])
  }

  @Test("is told before anything is written where files may not become so large")
  func sizeLimit() throws {
    var operations = FileOperations.system
    operations.sizeLimit = { 4_096 }
    let needed = smallHeader().largestByteCount
    let error = CheckpointError(file: scratch("a.h5"), cause: .noSpace(needed: needed, available: 4_096))
    #expect(throws: error) { try writeSmall(to: scratch("a.h5"), operations: operations) }
    #expect(scratch.names.isEmpty)
  }

  @Test("fails a spool with one error and keeps its rows")
  func spool() throws {
    let row = smallRow(0, of: .gradients)
    let faulty = FaultyOperations(failing: 8..<9, code: ENOSPC)
    var spool = try RowSpool(
      columnCount: 18, elementType: .float32, in: scratch.path, operations: faulty.operations)
    var failures = 0
    for _ in 0..<5 {
      do throws(CheckpointError) {
        try spool.append(row.span)
      } catch {
        failures += 1
        #expect("\(error)".contains("no room"))
      }
    }
    #expect(failures == 1 && spool.rowCount == 4)
  }

  @Test("is named where there is no such directory")
  func noDirectory() throws {
    let error = #expect(throws: CheckpointError.self) { try writeSmall(to: scratch("none/a.h5")) }
    #expect(error.map { "\($0)" }?.contains("No such file or directory") == true)
  }
}

extension Tag {
  /// Tests that make things fail.
  @Tag static var faults: Self
}
