internal import CFloor
internal import GradientProbe
internal import Logging

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How much longer the training thread is held for a row than the computation of its gradient takes.
///
/// Computations alone and captures of as many rows take turns, so that both see the same machine.
struct HoldCost {
  let directory: String
  let rows: Int
  private static let turns = 8
  /// What a gradient is to take [s].
  private static let gradientSeconds = 0.02

  func measure(_ model: PreparedModel) throws {
    model.work = Int(Self.roundsPerSecond * Self.gradientSeconds)
    var options = RecorderOptions()
    options.factors = []
    options.logger = Logger(label: "CaptureCost") { _ in SwiftLogNoOpLogHandler() }
    let recorder = try Recorder(directory: directory + "/held", options: options)
    var (alone, captured) = ([Cost](), [Cost]())
    for turn in 0..<Self.turns {
      alone.append(Cost { for _ in 0..<rows { model.compute() } })
      captured.append(try Cost { try recorder.capture(model, over: 0..<rows, step: turn) })
    }
    try recorder.finish()
    for turn in 0..<Self.turns { unlink(directory + "/held/step-0000000\(turn).h5") }
    // Medians are without the first turn, which makes the queue's buffers.
    print(
      """
      {"gradient_s": \(median(alone.map(\.wall))), "captured_s": \(median(captured.map(\.wall))), \
      "gradient_cpu_s": \(median(alone.map(\.processor))), "captured_cpu_s": \(median(captured.map(\.processor))), \
      "first_captured_cpu_s": \(captured[0].processor / Double(rows))}
      """)
  }

  private func median(_ costs: [Double]) -> Double {
    let sorted = costs.dropFirst().sorted()
    return sorted[sorted.count / 2] / Double(rows)
  }

  /// How many rounds of multiply-adds one thread does, by its own time.
  private static var roundsPerSecond: Double {
    let sample = 1 << 24
    let start = floor_thread_seconds()
    _ = floor_multiply_add(sample)
    return Double(sample) / (floor_thread_seconds() - start)
  }

  /// What some work took: wall time, and the calling thread's own [s].
  private struct Cost {
    var wall = 0.0
    var processor = 0.0

    init(_ body: () throws -> Void) rethrows {
      let start = floor_thread_seconds()
      wall = try seconds(body)
      processor = floor_thread_seconds() - start
    }
  }
}
