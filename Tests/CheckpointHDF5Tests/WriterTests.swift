import Checkpoint
@testable import CheckpointHDF5
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

  @Test(arguments: 0..<24) func theSizeIsBelowTheBound(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let shapes = (0..<number(1...40)).map { _ in (0..<number(0...4)).map { _ in number(1...9) } }
    let tensors = shapes.enumerated().map { TensorLayout("layer\($0.offset).weight", shape: $0.element) }.columns
    let kinds = [FisherKind.exact, .sampled, .empirical].prefix(number(0...3))
    let count = number(2...300)
    let header = CheckpointHeader(
      creator: "test", created: "now", run: "r", sequence: 0, step: 0,
      elementType: ElementType.allCases.randomElement(using: &generator)!,
      batchSizes: [Int](repeating: 1, count: count), minibatchSteps: seed % 2 == 0 ? Array(0..<count) : nil,
      factors: kinds.map { FactorHeader(kind: $0, rowCount: count, minibatches: Array(0..<count)) }, tensors: tensors,
      hasParameters: seed % 3 == 0,
      metrics: Dictionary(uniqueKeysWithValues: (0..<number(0...200)).map { ("metric number \($0)", 1) }))
    let byteCount = CheckpointWriter.byteCount(of: header)
    #expect(byteCount <= header.largestByteCount)
    #expect(header.largestByteCount - byteCount < 1 << 20)
  }
}
