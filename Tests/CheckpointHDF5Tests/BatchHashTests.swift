import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("Hashes of minibatches in files") struct BatchHashTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func header(_ hashes: [UInt64]?) -> CheckpointHeader {
    var header = smallHeader()
    header.batchHashes = hashes
    return header
  }

  @Test("are read as they were written", arguments: [nil, [0, .max, 1 << 63], [7, 7, 7]] as [[UInt64]?])
  func roundTrip(hashes: [UInt64]?) throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(header(hashes), to: path)
    let description = try CheckpointReader.open(path).description
    #expect(description.batchHashes == hashes && description.checksums != nil)
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: header(hashes)))
  }

  @Test("are one for each minibatch", arguments: [[], [1], [1, 2, 3, 4]] as [[UInt64]])
  func count(hashes: [UInt64]) {
    let error = #expect(throws: CheckpointError.self) { try writeSmall(header(hashes), to: scratch.path + "/a.h5") }
    #expect(error?.description.contains("/minibatches/hash: \(hashes.count) values for 3 rows") == true)
  }

  @Test("have a checksum of their own") func damage() throws {
    let path = scratch.path + "/a.h5"
    let hash: UInt64 = 0x0123_4567_89AB_CDEF
    try writeSmall(header([1, hash, 3]), to: path)
    let data = try Data(contentsOf: URL(filePath: path))
    let place = try #require(data.range(of: withUnsafeBytes(of: hash.littleEndian) { Data($0) }))
    try flip(bit: 0, at: place.lowerBound, of: path)
    #expect(throws: CheckpointError(file: path, cause: .damaged(object: "its minibatches' hashes"))) {
      try CheckpointReader.describe(path)
    }
  }

  @Test("leave the description's checksum as it is") func description() throws {
    for (name, hashes) in [("a", nil), ("b", [1, 2, 3])] as [(String, [UInt64]?)] {
      try writeSmall(header(hashes), to: scratch.path + "/\(name).h5")
    }
    let checksums = try ["a", "b"].map { try CheckpointReader.describe(scratch.path + "/\($0).h5").batchHashes }
    #expect(checksums == [nil, [1, 2, 3]])
  }
}
