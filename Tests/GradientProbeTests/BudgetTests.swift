import CheckpointHDF5
import Logging
import Testing

@testable import GradientProbe

@Suite("What captures cost", .tags(.files)) struct BudgetTests {
  @Test("a share of the time is kept to", arguments: [0.05, 0.2, 0.5])
  func share(share: Double) throws {
    try withTemporaryDirectory { directory in
      // A step takes a second, a capture five.
      nonisolated(unsafe) var now = 0.0
      let recorder = try Recorder(
        directory: directory, options: options { $0.schedule = .within(share: share) }, operations: .system,
        clock: {
          now
        })
      var held = 0.0
      var steps: [Int] = []
      for step in 0..<2_000 {
        if recorder.isDue(at: step) {
          steps.append(step)
          // What `capture` notes when it returns.
          recorder.budget.add(held: 5)
          now += 5
          held += 5
        }
        now += 1
        if step > 200 { #expect(held <= share * now + 5) }
      }
      #expect(steps.first == 0)
      #expect(held >= 0.8 * share * now)
    }
  }

  @Test("finish tells what was recorded and what was not")
  func summary() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.schedule = .every(10) })
      for step in 0..<25 {
        if recorder.isDue(at: step) { try recorder.capture(Echo(), over: Echo.batches(3), step: step) }
      }
      let summary = try recorder.finish()
      #expect(summary.checkpointCount == 3 && summary.lastRecordedStep == 20 && summary.lastAskedStep == 24)
      #expect(summary.description.contains("step 24") && summary.description.contains("isDue(at:last:)"))
      #expect(try recorder.finish() == summary)
    }
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.schedule = .every(10) })
      for step in 0..<25 {
        if recorder.isDue(at: step, last: 24) { try recorder.capture(Echo(), over: Echo.batches(3), step: step) }
      }
      let summary = try recorder.finish()
      #expect(summary.checkpointCount == 4 && summary.lastRecordedStep == 24)
      #expect(!summary.description.contains("isDue"))
    }
  }
}
