internal import CFloor
internal import Dispatch
internal import GradientProbe
internal import Logging

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What a sketched row takes beside one that is written whole: recordings of both kinds take turns, each to the end on the
/// disk. The first row of a sketch is made twice, once as a pilot.
struct SketchCost {
  let directory: String
  let rows: Int
  private static let turns = 7

  func measure(_ model: PreparedModel, width: Int) throws {
    var (whole, sketched, held) = ([Double](), [Double](), [Double]())
    for turn in 0..<Self.turns {
      whole.append(try record(model, turn, nil).all)
      let cost = try record(model, turn, Sketch(.width(width), pilotRows: 1))
      sketched.append(cost.all)
      held.append(cost.held)
    }
    let bytes = Double(4 * model.parameterCount)
    func rate(_ costs: [Double]) -> String {
      let median = costs.dropFirst().sorted()[(costs.count - 1) / 2] / Double(rows)
      return "\(median), \(bytes / median / 1e9)"
    }
    print(
      """
      {"parameters": \(model.parameterCount), "rows": \(rows), "width": \(width), \
      "whole_s_and_gb_per_s": [\(rate(whole))], "sketched_s_and_gb_per_s": [\(rate(sketched))], \
      "held_s_and_gb_per_s": [\(rate(held))]}
      """)
  }

  /// Seconds of one recording, and of the call of `capture` alone.
  private func record(_ model: PreparedModel, _ turn: Int, _ sketch: Sketch?) throws -> (all: Double, held: Double) {
    var options = RecorderOptions()
    options.factors = []
    options.sketch = sketch
    options.logger = Logger(label: "CaptureCost") { _ in SwiftLogNoOpLogHandler() }
    let path = directory + "/sketch-\(turn)-\(sketch == nil ? 0 : 1)"
    var held = 0.0
    let all = try seconds {
      let recorder = try Recorder(directory: path, options: options)
      held = try seconds { try recorder.capture(model, over: 0..<rows, step: 0) }
      try recorder.finish()
    }
    unlink(path + "/step-00000000.h5")
    rmdir(path)
    return (all, held)
  }
}
