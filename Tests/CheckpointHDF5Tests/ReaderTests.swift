import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite struct ReaderTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: ElementType.allCases) func whatIsWrittenIsRead(type: ElementType) throws {
    let header = smallHeader(type)
    try writeSmall(header, to: scratch.path + "/a.h5")
    let checkpoint = try CheckpointReader.open(scratch.path + "/a.h5")
    let description = checkpoint.description
    #expect(description.creator == header.creator && description.created == header.created)
    #expect(description.run == header.run && description.sequence == header.sequence && description.step == header.step)
    #expect(description.sampling == header.sampling && description.likelihood == header.likelihood)
    #expect(description.batchSizes == header.batchSizes && description.minibatchSteps == nil)
    #expect(description.losses == [0, 0.25, 0.5])
    #expect(description.tensors == header.tensors)
    #expect(description.metrics == header.metrics)
    #expect(description.factors.map(\.kind) == header.factors.map(\.kind))
    #expect(description.factors.map(\.minibatches) == header.factors.map(\.minibatches))
    #expect(try rows(of: checkpoint.gradients()) == (0..<3).map { smallRow($0, of: .gradients) })
    for factors in header.factors {
      let blocks = try #require(try checkpoint.factors(of: factors.kind))
      #expect(try rows(of: blocks) == (0..<factors.rowCount).map { smallRow($0, of: .factors(factors.kind)) })
    }
    let parameters = try #require(description.parameters)
    #expect(try rows(of: checkpoint.blocks(parameters)) == [smallRow(0, of: .parameters)])
  }
}

/// All rows of `blocks`, widened to `Float`.
func rows(of blocks: some ColumnBlocks) throws -> [[Float]] {
  let size = blocks.elementType.byteCount
  return try (0..<blocks.rowCount).map { row in
    var bytes = [UInt8](repeating: 0, count: blocks.columnCount * 8)
    return try bytes.withUnsafeMutableBytes { buffer in
      let stored = UnsafeMutableRawBufferPointer(rebasing: buffer.suffix(blocks.columnCount * size))
      var span = MutableRawSpan(_unsafeBytes: stored)
      try blocks.copy(rows: row..<(row + 1), columns: 0..<blocks.columnCount, to: &span, rowStride: stored.count)
      blocks.elementType.widen(blocks.columnCount, in: buffer, to: Double.self)
      return buffer.bindMemory(to: Double.self).map { Float($0) }
    }
  }
}
