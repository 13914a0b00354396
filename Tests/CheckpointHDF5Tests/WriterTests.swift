import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite struct WriterTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func theFileHasItsNameOnlyWhenItIsFinished() throws {
    let path = scratch.path + "/a.h5"
    var writer: CheckpointWriter? = try CheckpointWriter(smallHeader(), to: path)
    #expect(scratch.names == ["a.h5.tmp"])
    writer = nil
    #expect(writer == nil && scratch.names.isEmpty)
    try writeSmall(to: path)
    #expect(scratch.names == ["a.h5"])
  }

  @Test func anExistingFileIsNotOverwritten() throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(to: path)
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(throws: CheckpointError(file: path, cause: .alreadyExists)) { try writeSmall(to: path) }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    #expect(scratch.names == ["a.h5"])
  }

  @Test func aFileOfALivingWriterIsNotTakenOver() throws {
    let path = scratch.path + "/a.h5"
    let writer = try CheckpointWriter(smallHeader(), to: path)
    #expect(throws: CheckpointError.self) { try writeSmall(to: path) }
    #expect(scratch.names == ["a.h5.tmp"])
    _ = consume writer
  }

  @Test func aFileOfADeadWriterIsTakenOver() throws {
    let path = scratch.path + "/a.h5"
    try Data(repeating: 255, count: 1 << 20).write(to: URL(filePath: path + ".tmp"))
    try writeSmall(to: path)
    #expect(scratch.names == ["a.h5"])
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: smallHeader()))
  }

  @Test func aMissingRowIsNamed() throws {
    let error = CheckpointError(
      file: scratch.path + "/a.h5", cause: .invalid(object: "/gradients", reason: "row 1 was not written"))
    #expect(throws: error) {
      var writer = try CheckpointWriter(smallHeader(), to: scratch.path + "/a.h5")
      for index in [0, 2] {
        let row = smallRow(index, of: .gradients)
        try writer.write(row.span, at: index, of: .gradients)
      }
      try writer.finish(losses: [0, 0, 0])
    }
    #expect(scratch.names.isEmpty)
  }

  @Test(arguments: ElementType.allCases) func theSizeIsKnownBeforehand(type: ElementType) throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(smallHeader(type), to: path)
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: smallHeader(type)))
  }

  @Test(arguments: ElementType.allCases) func spooledRowsMakeTheSameFile(type: ElementType) throws {
    try writeSmall(smallHeader(type), to: scratch.path + "/direct.h5")
    var writer = try CheckpointWriter(smallHeader(type), to: scratch.path + "/spooled.h5")
    for (block, count) in [(RowBlock.gradients, 3), (.factors(.exact), 7), (.factors(.sampled), 2), (.parameters, 1)] {
      var spool = try RowSpool(columnCount: 18, elementType: type, in: scratch.path)
      for index in 0..<count {
        let row = smallRow(index, of: block)
        try spool.append(row.span)
      }
      try spool.copy(to: &writer, as: block)
    }
    try writer.finish(losses: [0, 0.25, 0.5])
    let direct = try Data(contentsOf: URL(filePath: scratch.path + "/direct.h5"))
    #expect(try Data(contentsOf: URL(filePath: scratch.path + "/spooled.h5")) == direct)
  }
}
