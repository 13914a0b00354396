import Checkpoint
import CheckpointHDF5
import Foundation
import Testing

/// A directory of its own for each test, removed with it.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "gradient-probe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Two tensors of 18 columns in all, three minibatches, two kinds of factors and θ.
func smallHeader(_ elementType: ElementType = .float32) -> CheckpointHeader {
  CheckpointHeader(
    creator: "test 1", created: "2026-01-01T00:00:00Z", run: "a run", sequence: 4, step: 30, likelihood: .categorical,
    elementType: elementType, batchSizes: [4, 5, 6],
    factors: [
      FactorHeader(kind: .exact, rowCount: 7, minibatches: [0, 1, 2, 0, 1, 2, -1]),
      FactorHeader(kind: .sampled, rowCount: 2, minibatches: nil),
    ],
    tensors: [TensorLayout("weight", shape: [3, 5]), TensorLayout("bïas", shape: [3])].columns, hasParameters: true,
    metrics: ["train_loss": 0.5])
}

/// Row `index` of `block` in files of ``writeSmall(_:to:operations:)``: numbers that float16 and bfloat16 hold exactly.
func smallRow(_ index: Int, of block: RowBlock) -> [Float] {
  let seed = block == .gradients ? 1 : block == .parameters ? 2 : 3
  return (0..<18).map { Float(($0 * 7 + index * 5 + seed) % 64) / 8 - 4 }
}

/// Writes `header`'s rows as ``smallRow(_:of:)`` has them.
func writeSmall(
  _ header: CheckpointHeader = smallHeader(), to path: String, operations: FileOperations = .system
) throws(CheckpointError) {
  var writer = try CheckpointWriter(header, to: path, operations: operations)
  var blocks: [(RowBlock, Int)] = [(.gradients, header.minibatchCount)]
  blocks += header.factors.map { (.factors($0.kind), $0.rowCount) }
  if header.hasParameters { blocks.append((.parameters, 1)) }
  for (block, count) in blocks {
    for index in 0..<count {
      let row = smallRow(index, of: block)
      try writer.write(row.span, at: index, of: block)
    }
  }
  try writer.finish(losses: (0..<header.minibatchCount).map { Double($0) / 4 })
}

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
