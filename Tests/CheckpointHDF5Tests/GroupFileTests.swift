import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("Groups of minibatches in files") struct GroupFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func header(_ names: [String], _ ids: [Int]) -> CheckpointHeader {
    var header = smallHeader()
    header.groups = MinibatchGroups(names: names, ids: ids)
    return header
  }

  @Test(
    "are read as they were written",
    arguments: [["train", "validation"], ["b", "a", "c"], ["Größe", "a longer name than the others"], ["one"]])
  func roundTrip(names: [String]) throws {
    let header = header(names, names.count == 3 ? [2, 0, 1] : names.count == 2 ? [0, 1, 0] : [0, 0, 0])
    try writeSmall(header, to: scratch.path + "/a.h5")
    let description = try CheckpointReader.open(scratch.path + "/a.h5").description
    #expect(description.groups == header.groups)
    #expect(try Data(contentsOf: URL(filePath: scratch.path + "/a.h5")).count == CheckpointWriter.byteCount(of: header))
    // Programs that know no groups make the same checksum of the description.
    try writeSmall(to: scratch.path + "/plain.h5")
    #expect(try CheckpointReader.open(scratch.path + "/plain.h5").description.groups == nil)
  }

  @Test(
    "are refused where they contradict themselves",
    arguments: [
      (["a", "b"], [0, 1, 2], "/minibatches/group: row 2 is 2: a row of /groups/name from 0 to 1 is needed"),
      (["a", "b"], [0, -1, 1], "/minibatches/group: row 1 is -1: a row of /groups/name from 0 to 1 is needed"),
      (["a", "b", "c"], [0, 2, 0], "/groups/name: \"b\" has no minibatch"),
      (["a", "a"], [0, 1, 1], "/groups/name: \"a\" stands twice"),
      (["a", "b"], [0, 1], "/minibatches/group: 2 values for 3 rows of /gradients"),
      ([], [], "/groups/name: no names"), (["a", ""], [0, 1, 1], "/groups/name: a group without a name"),
      (["a", String(repeating: "b", count: 4_097)], [0, 1, 1], "4096 bytes"),
    ])
  func refused(names: [String], ids: [Int], reason: String) {
    let error = #expect(throws: CheckpointError.self) {
      try writeSmall(header(names, ids), to: scratch.path + "/a.h5")
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(scratch.names.isEmpty)
  }

  @Test("have a checksum of their own") func damage() throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(header(["training", "heldout!"], [0, 1, 1]), to: path)
    let data = try Data(contentsOf: URL(filePath: path))
    let ids = [0, 1, 1].reduce(into: Data()) { data, id in
      withUnsafeBytes(of: Int64(id)) { data.append(contentsOf: $0) }
    }
    for place in [try #require(data.range(of: Data("heldout!".utf8))), try #require(data.range(of: ids))] {
      try flip(bit: 0, at: place.upperBound - 8, of: path)
      #expect(throws: CheckpointError(file: path, cause: .damaged(object: "its groups of minibatches"))) {
        try CheckpointReader.describe(path)
      }
      try flip(bit: 0, at: place.upperBound - 8, of: path)
    }
    _ = try CheckpointReader.describe(path)
  }
}
