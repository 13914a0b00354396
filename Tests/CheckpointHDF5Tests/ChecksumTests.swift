import Checkpoint
import CheckpointHDF5
import Checksum
import Foundation
import TestSupport
import Testing

@Suite struct ChecksumTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A checkpoint of three tiles a row, the last of them of a single column.
  private func writeWide(_ type: ElementType) throws -> String {
    let path = scratch.path + "/\(type.rawValue).h5"
    let columns = 2 * TileChecksums.tileWidth + 1
    let header = CheckpointHeader(
      creator: "test", created: "2026-01-01T00:00:00Z", run: "r", sequence: 0, step: 0, elementType: type,
      batchSizes: [1, 1], tensors: [TensorLayout("w", shape: [columns])].columns)
    var writer = try CheckpointWriter(header, to: path)
    for index in 0..<2 {
      let row = (0..<columns).map { Float($0 % 101 + index) / 4 }
      try writer.write(row.span, at: index, of: .gradients)
    }
    try writer.finish(losses: [1, 2])
    return path
  }

  @Test(arguments: ElementType.allCases) func aFreshFileIsWhole(type: ElementType) throws {
    let blocks = try CheckpointReader.open(writeWide(type)).gradients()
    #expect(blocks.checksums?.tiles.count == 3)
    #expect(try blocks.elementFaults() == ElementFaults(damaged: []))
    try writeSmall(smallHeader(type), to: scratch.path + "/small.h5")
    let small = try CheckpointReader.open(scratch.path + "/small.h5")
    for matrix in small.description.matrices {
      #expect(try small.blocks(matrix).elementFaults() == ElementFaults(damaged: []))
    }
  }

  @Test func selectedRowsKeepTheirChecksums() throws {
    let path = try writeWide(.float32)
    let blocks = try CheckpointReader.open(path).gradients()
    let selected = SelectedRows([1], of: blocks)
    #expect(try selected.elementFaults() == ElementFaults(damaged: []))
    #expect(try SelectedRows([1, 0, 1], of: blocks).elementFaults() == ElementFaults(damaged: []))
    #expect(try rows(of: selected) == [rows(of: blocks)[1]])
    #expect(selected.storedRow(0) == 1)
  }

  @Test func damageToTheKindOfChecksumsDoesNotHideOtherDamage() throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(to: path)
    // Where they are announced, and where they are.
    let places = try bytes(of: path).ranges(of: Data("XXH3-64".utf8)).map(\.lowerBound)
    let titles = try places.map { place in
      try flip(bit: 0, at: place, of: path)
      let error = #expect(throws: CheckpointError.self) { try CheckpointReader.open(path) }
      try flip(bit: 0, at: place, of: path)
      let message = try #require(error).description
      let end = try #require(message.range(of: #": "YXH3-64" is not "XXH3-64""#))
      return String(message[..<end.lowerBound].dropFirst(path.count + 2))
    }
    #expect(Set(titles) == ["attribute checksums", "/checksums: attribute algorithm"])
  }

  @Test(arguments: ElementType.allCases) func aFlippedBitIsFoundInItsTile(type: ElementType) throws {
    let path = try writeWide(type)
    let description = try CheckpointReader.describe(path)
    guard case .contiguous(let offset) = description.gradients.storage else { throw CocoaError(.fileReadUnknown) }
    let columns = description.parameterCount
    for (row, column, tile) in [(0, 16_383, 0), (0, 16_384, 1), (1, columns - 1, 2)] {
      let place = offset + (row * columns + column) * type.byteCount
      try flip(bit: 3, at: place, of: path)
      let damaged = try #require(try CheckpointReader.open(path).gradients().elementFaults().damaged)
      #expect(damaged.map(\.row) == [row] && damaged.map(\.tile) == [tile])
      try flip(bit: 3, at: place, of: path)
    }
  }

  /// The reference value of XXH3 with 64 bits and seed 0 for no input, from the algorithm's own test vectors.
  @Test func theHashIsXXH3() {
    let empty: [UInt8] = []
    #expect(Hash.value(of: empty.span.bytes) == 0x2d06_8005_38d3_94c2)
    var stream = StreamingHash()
    let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for start in stride(from: 0, to: 5_000, by: 700) {
      let piece = Array(bytes[start..<min(start + 700, 5_000)])
      stream.update(piece.span.bytes)
    }
    #expect(stream.value == Hash.value(of: bytes.span.bytes))
  }

  @Test func anAlteredDescriptionIsFound() throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(to: path)
    let data = try Data(contentsOf: URL(filePath: path))
    // The run's id and the last loss, 0.5, each in the only place where its bytes stand.
    for text in [Data("a run".utf8), withUnsafeBytes(of: 0.25) { Data($0) } + withUnsafeBytes(of: 0.5) { Data($0) }] {
      let place = try #require(data.range(of: text))
      #expect(data[place.upperBound...].range(of: text) == nil)
      try flip(bit: 0, at: place.upperBound - 1, of: path)
      #expect(throws: CheckpointError(file: path, cause: .damaged(object: "its description"))) {
        try CheckpointReader.describe(path)
      }
      try flip(bit: 0, at: place.upperBound - 1, of: path)
    }
  }
}
