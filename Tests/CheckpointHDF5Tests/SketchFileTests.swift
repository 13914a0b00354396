import Checkpoint
import CheckpointHDF5
import Foundation
import Checksum
import TestSupport
import Testing

@Suite("Sketches in files") struct SketchFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("are read as they were written", arguments: [ElementType.float16, .bfloat16, .float32, .float64])
  func roundTrip(type: ElementType) throws {
    let path = scratch("a.h5")
    var header = smallSketchHeader()
    header.elementType = type
    try writeSmallSketch(header, to: path)
    let checkpoint = try CheckpointReader.open(path)
    let description = checkpoint.description
    let sketch = try #require(description.sketch)
    #expect(sketch.header == header.sketch && sketch.squares == smallSquares(header))
    #expect(description.version == 2 && description.parameterCount == 18 && description.columnCount == 9)
    #expect(description.tensors == header.tensors && description.parameters == nil)
    #expect(sketch.header.columns(of: description.tensors).map(\.range) == [0..<7, 7..<9])
    #expect(sketch.gradients.rowCount == 3 && sketch.gradients.columnCount == 9)
    #expect(try checkpoint.blocks(sketch.gradients).elementFaults().damaged == [])
    #expect(try Data(contentsOf: URL(filePath: path)).count == CheckpointWriter.byteCount(of: header))
    // A tensor's columns lie where it lies among the parameters.
    let turned = SketchHeader(
      seed: 0, pilotKind: .exact, pilotRowCount: 1, pilot: "", liveCount: 1, widths: [2, 7])
    #expect(turned.columns(of: description.tensors.reversed()).map(\.range) == [7..<9, 0..<7])
  }

  @Test(
    "are refused where they contradict themselves",
    arguments: [
      ([7], 17, 5, "/sketch/width: 1 values for 2 tensors"), ([0, 2], 17, 5, "weight has 0 columns for 15 parameters"),
      ([-1, 2], 17, 5, "weight has -1 columns"), ([16, 2], 17, 5, "weight has 16 columns for 15 parameters"),
      ([7, 2], 0, 5, "/sketch: attribute pilot_parameters: it is 0 of 18"), ([7, 2], 19, 5, "it is 19 of 18"),
      ([7, 2], 17, 0, "/sketch: attribute pilot_rows: it is 0"),
      ([.max, .max], 17, 5, "its extents are out of bounds"),
    ])
  func refused(widths: [Int], live: Int, pilots: Int, reason: String) {
    var header = smallSketchHeader()
    header.sketch?.widths = widths
    header.sketch?.liveCount = live
    header.sketch?.pilotRowCount = pilots
    let error = #expect(throws: CheckpointError.self) { try writeSmallSketch(header, to: scratch("a.h5")) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(scratch.names.isEmpty)
  }

  @Test("need squares that are some", arguments: [-1.0, .nan, .infinity])
  func squares(value: Double) {
    for path in [\CheckpointSquares.gradients.raw, \.gradients.whitened, \.gradients.outsidePilot] {
      var squares = smallSquares(smallSketchHeader())
      squares[keyPath: path][1] = value
      let error = #expect(throws: CheckpointError.self) {
        try writeSmallSketch(squares: squares, to: scratch("a.h5"))
      }
      #expect(error?.description.contains("row 1 is \(value): a square is needed") == true)
    }
    var squares = smallSquares(smallSketchHeader())
    squares.factors[.sampled]?.raw.removeLast()
    let error = #expect(throws: CheckpointError.self) { try writeSmallSketch(squares: squares, to: scratch("a.h5")) }
    #expect(error?.description.contains("/fisher/sampled/square: 1 values for 2 rows") == true)
  }

  /// A flipped bit of anything that a reader uses is found.
  @Test("are under checksums") func damage() throws {
    let path = scratch("a.h5")
    try writeSmallSketch(to: path)
    let data = try Data(contentsOf: URL(filePath: path))
    func place(_ number: Double) throws -> Int {
      try #require(data.range(of: withUnsafeBytes(of: number) { Data($0) })).lowerBound
    }
    func place(_ numbers: [Int]) throws -> Int {
      try #require(data.range(of: numbers.withUnsafeBytes { Data($0) })).lowerBound
    }
    let places = [
      try place(101.5), try place(102.25), try place(200.5), try place(301.25), try place([7, 2]),
      try #require(data.range(of: Data("a run/30".utf8))).lowerBound,
    ]
    for place in places {
      try flip(bit: 0, at: place, of: path)
      #expect(throws: CheckpointError.self) { try CheckpointReader.describe(path) }
      try flip(bit: 0, at: place, of: path)
    }
    _ = try CheckpointReader.describe(path)
  }

  /// What other programs may write: each attribute and dataset in turn missing, or another.
  @Test(
    "are refused in a line where something is missing or unknown",
    arguments: [
      ("kind", "kind"), ("hash", "hash"), ("seed", "seed"), ("pilot", "pilot"), ("pilot_kind", "pilot_kind"),
      ("pilot_rows", "pilot_rows"), ("pilot_parameters", "pilot_parameters"),
    ])
  func renamed(name: String, told: String) throws {
    let path = scratch("a.h5")
    try writeSmallSketch(to: path)
    var data = try Data(contentsOf: URL(filePath: path))
    // Attribute names end in a zero; of several places that of this name alone.
    let bytes = Data([0]) + Data(name.utf8) + Data([0])
    let padded = Data(name.utf8) + Data([0])
    let range = try #require(data.range(of: bytes)?.dropFirst() ?? data.range(of: padded))
    data[range.lowerBound] = UInt8(ascii: "z")
    try data.write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader.describe(path) }
    #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test("of version 1 are no sketches") func versionOne() throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    #expect(try CheckpointReader.describe(path).sketch == nil)
  }
}
