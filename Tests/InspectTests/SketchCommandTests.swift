import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// Sketched checkpoints through the command.
@Suite("Sketches are read as any other checkpoint") struct SketchCommandTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Six minibatches and twelve factor rows of 40,100 parameters in sums of `widths`, whose numbers repeat with `seed`.
  private func write(
    _ name: String, seed: UInt64 = 3, widths: [Int] = [2_000, 16_380, 7, 900, 4],
    change: (inout CheckpointHeader) -> Void = { _ in }
  ) throws {
    var header = CheckpointHeader(
      creator: "test", created: "2026-01-01T00:00:00Z", run: "a run", sequence: 0, step: 1,
      batchSizes: [4, 4, 4, 4, 4, 4],
      factors: [FactorHeader(kind: .sampled, rowCount: 12, minibatches: (0..<12).map { $0 / 2 })],
      tensors: [
        TensorLayout("a", shape: [100, 100]), TensorLayout("b", shape: [23_000]), TensorLayout("c", shape: [7]),
        TensorLayout("d", shape: [7_089]), TensorLayout("e", shape: [4]),
      ]
      .columns)
    header.sketch = SketchHeader(
      seed: 7, pilotKind: .sampled, pilotRowCount: 8, pilot: "a run/1", liveCount: 40_000, widths: widths)
    change(&header)
    var writer = try CheckpointWriter(header, to: scratch(name))
    var generator = SplitMix64(seed: seed)
    var squares = CheckpointSquares(factors: [.sampled: SketchSquares()])
    func row(_ mean: Double) -> ([Float], RowSquares) {
      let row = (0..<header.columnCount).map { _ in Float(mean + generator.normal()) }
      let square = row.reduce(0.0) { $0 + Double($1) * Double($1) }
      return (row, RowSquares(raw: square, whitened: square, outsidePilot: 0.02 * square))
    }
    for index in 0..<6 {
      let (own, square) = row(0.3)
      try writer.write(own.span, at: index, of: .gradients)
      let raw = own.map { 2 * $0 }
      try writer.write(raw.span, at: index, of: .sketchedGradients)
      squares.gradients.append(
        RowSquares(raw: 4 * square.raw, whitened: square.whitened, outsidePilot: 4 * square.outsidePilot))
    }
    for index in 0..<12 {
      let (own, square) = row(0)
      try writer.write(own.span, at: index, of: .factors(.sampled))
      squares.factors[.sampled]!.append(square)
    }
    try writer.finish(losses: [1, 2, 3, 4, 5, 6], squares: squares)
  }

  private func report(_ arguments: [String]) throws -> [String: Any] {
    let outcome = try InspectBinary.run(arguments + ["--format", "json", "-q", "--no-cache"])
    #expect(outcome.status == 0, "\(outcome.error)")
    return try #require((outcome.json()["checkpoints"] as? [[String: Any]])?.first)
  }

  private func number(_ report: [String: Any], _ path: String) -> Double? {
    let keys = path.split(separator: "/").map(String.init)
    return keys.dropLast().reduce(report) { ($0?[$1] as? [String: Any]) }?[keys.last!] as? Double
  }

  @Test func theReportSaysWhatWasSketchedAndWhatItCost() throws {
    try write("a.h5")
    let found = try report([scratch("a.h5")])
    #expect(number(found, "parameters") == 40_100 && found["verified"] as? Bool == true)
    #expect(number(found, "sketch/width") == 19_291 && number(found, "sketch/pilot_rows") == 8)
    #expect(number(found, "sketch/dead_parameters") == 100)
    #expect(abs(number(found, "kl/dead")! - 0.02) < 1e-12)
    let correction = try #require(number(found, "sketch/correction"))
    #expect(correction > 0.999 && correction < 1)
    let errors = try #require((found["sketch"] as? [String: Any])?["errors"] as? [String: Any])
    for path in ["euclidean.regret", "kl.in_sample.regret", "kl.held_out.regret", "kl.in_sample.cosine"] {
      let error = try #require((errors[path] as? [String: Any])?["stderr"] as? Double, "\(path)")
      #expect(error > 0)
    }
    #expect(found["fisher"] is NSNull)
    #expect((found["tensors"] as? [[String: Any]])?.map { $0["count"] as? Int } == [10_000, 23_000, 7, 7_089, 4])
    // The Euclidean gradients are the raw sketch's.
    #expect(abs(number(found, "euclidean/norm/value")! - 2 * (1.09 * 19_291).squareRoot()) < 5)
    let text = try InspectBinary.run([scratch("a.h5"), "--no-cache"])
    #expect(text.output.contains("40,100 parameters in 19,291 sums a row"))
    #expect(text.output.contains("8 pilot rows"))
    #expect(text.output.contains("fisher was left out: a sketch keeps no factor rows in raw coordinates."))
    let valid = try InspectBinary.run(["validate", scratch("a.h5")])
    #expect(valid.status == 0, "\(valid.output)")
    #expect(valid.output.contains("in 19291 sums a row"))
    let export = try InspectBinary.run(["export", scratch("a.h5"), "-o", scratch("out.h5")])
    #expect(export.status == 0, "\(export.error)")
  }

  @Test(arguments: [[], ["--tensors", "b", "--tensors", "c"], ["--measures", "regret"], ["--memory", "64M"]])
  func solversAgree(options: [String]) throws {
    try write("a.h5", widths: options == ["--measures", "regret"] ? [100, 60, 7, 50, 4] : [2_000, 16_380, 7, 900, 4])
    let gram = try report([scratch("a.h5"), "--solver", "gram"] + options)
    let others = options == ["--measures", "regret"] ? ["primal", "cg"] : ["cg"]
    for solver in others {
      let other = try report([scratch("a.h5"), "--solver", solver] + options)
      for path in ["kl/in_sample/regret/value", "euclidean/regret/value", "kl/damping/weight"] {
        let (one, two) = (try #require(number(gram, path)), try #require(number(other, path)))
        #expect(abs(one - two) < 1e-4 * one, "\(solver): \(path)")
      }
    }
  }

  @Test(arguments: [
    (["--damping", "identity:0.1"], "identity damping"), (["--damping", "none"], "without damping"),
    (["--measures", "fisher"], "fisher: a sketch keeps no factor rows in raw coordinates"),
  ])
  func whatItCannotTellIsRefusedInALine(options: [String], reason: String) throws {
    try write("a.h5")
    let outcome = try InspectBinary.run([scratch("a.h5"), "--no-cache", "-q"] + options)
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.error.contains(reason) && outcome.error.split(separator: "\n").count == 1, "\(outcome.error)")
    let part = try InspectBinary.run(["partial", scratch("a.h5"), "--part", "1/2", "-o", scratch("part.h5")])
    #expect(part.status == 1 && part.error.contains("no parts are made of them"), "\(part.error)")
  }

  @Test func factorsOfOtherSketchesAreRefusedInALine() throws {
    try write("own.h5")
    try write("same.h5", seed: 5)
    let borrowed = try report([scratch("own.h5"), "--factors", scratch("same.h5")])
    #expect(
      number(borrowed, "kl/in_sample/regret/value")
        != number(try report([scratch("own.h5")]), "kl/in_sample/regret/value"))
    try write("seed.h5") { $0.sketch?.seed = 8 }
    try write("pilot.h5") { $0.sketch?.pilot = "a run/2" }
    try write("width.h5", widths: [2_001, 16_380, 7, 900, 4])
    try writeWide(to: scratch("whole.h5"))
    for (file, reason) in [
      ("seed", "its sketch has seed 8, and that of"), ("pilot", "other pilot rows tell"), ("width", "19292 columns"),
      ("whole", "its rows are whole, and those of"),
    ] {
      let outcome = try InspectBinary.run(
        [scratch("own.h5"), "--factors", scratch("\(file).h5"), "--no-cache", "-q"])
      #expect(outcome.status == 1 && outcome.error.contains(reason), "\(outcome.error)")
      #expect(outcome.error.split(separator: "\n").count == 1)
    }
    let whole = try InspectBinary.run([scratch("whole.h5"), "--factors", scratch("own.h5"), "--no-cache", "-q"])
    #expect(whole.error.contains("its rows are sketched, and those of"))
  }

  @Test func whatIsSketchedIsNotRankedAmongWhatIsNot() throws {
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: scratch(name), withIntermediateDirectories: true)
    }
    try write("a/step-00000001.h5")
    try writeWide(to: scratch("b/step-00000001.h5"))
    let outcome = try InspectBinary.run(["compare", scratch("a"), scratch("b"), "--no-cache"])
    #expect(outcome.output.contains("rows are sketched in some only"), "\(outcome.output)\(outcome.error)")
  }
}
