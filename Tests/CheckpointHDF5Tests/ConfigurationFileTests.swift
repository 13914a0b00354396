import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("A run's name and configuration in files") struct ConfigurationFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func header(_ configuration: RunConfiguration) -> CheckpointHeader {
    var header = smallHeader()
    header.configuration = configuration
    return header
  }

  @Test(
    "are read as they were written",
    arguments: [
      RunConfiguration(name: "small batch"),
      RunConfiguration(values: ["lr": 0.1, "optimizer": "sgd", "nesterov": true]),
      RunConfiguration(name: "größer \u{202e}<&>", values: ["ä": .number(-.infinity), "b": "", "c": 3, "d": 1e-300]),
      RunConfiguration(
        name: String(repeating: "n", count: 4_096),
        values: Dictionary(
          uniqueKeysWithValues: (0..<300).map { ("s\($0)", .text(String(repeating: "x", count: 4_096))) })),
    ])
  func roundTrip(configuration: RunConfiguration) throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(header(configuration), to: path)
    #expect(try CheckpointReader.open(path).description.configuration == configuration)
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: header(configuration)))
  }

  @Test("are nothing in files that do not tell them") func none() throws {
    try writeSmall(to: scratch.path + "/plain.h5")
    #expect(try CheckpointReader.describe(scratch.path + "/plain.h5").configuration == RunConfiguration())
  }

  @Test(
    "are refused where no reader would take them",
    arguments: [
      (RunConfiguration(name: ""), "attribute name: it is empty"),
      (RunConfiguration(name: "a\0b"), "holds a zero"),
      (RunConfiguration(name: String(repeating: "n", count: 4_097)), "longer than 4096 bytes"),
      (RunConfiguration(values: ["": 1]), "a setting without a name"),
      (RunConfiguration(values: ["a": "b\0"]), "holds a zero"),
      (RunConfiguration(values: [String(repeating: "n", count: 256): 1]), "longer than 255 bytes"),
      (
        RunConfiguration(values: Dictionary(uniqueKeysWithValues: (0..<1_025).map { ("s\($0)", 1) })),
        "more than 1024 settings"
      ),
    ])
  func refused(configuration: RunConfiguration, reason: String) {
    let error = #expect(throws: CheckpointError.self) {
      try writeSmall(header(configuration), to: scratch.path + "/a.h5")
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(scratch.names.isEmpty)
  }

  @Test("have a checksum of their own", arguments: ["called this", "a setting", "its value"])
  func damage(text: String) throws {
    let path = scratch.path + "/a.h5"
    try writeSmall(header(RunConfiguration(name: "called this", values: ["a setting": "its value"])), to: path)
    let data = try Data(contentsOf: URL(filePath: path))
    let place = try #require(data.range(of: Data(text.utf8)))
    try flip(bit: 0, at: place.upperBound - 1, of: path)
    #expect(throws: CheckpointError(file: path, cause: .damaged(object: "its run's name and configuration"))) {
      try CheckpointReader.describe(path)
    }
  }
}
