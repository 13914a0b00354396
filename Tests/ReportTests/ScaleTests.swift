import Testing

@testable import Report

@Suite("Axes")
struct ScaleTests {
  @Test(
    "of steps are logarithmic where the schedule is",
    arguments: [
      ([0, 1, 2, 4, 8, 16, 32, 64, 128], true), ([0, 30, 100, 300, 1000], true),
      (Array(stride(from: 0, to: 30_000, by: 100)), false),
      ([0, 100, 200, 300, 400], false), ([1, 10, 100, 1000, 10_000], true), ([5000, 6000, 7000, 8000], false),
      ([0, 1], false),
      ([], false), ([3, 3, 3, 3], false), ([0, 1, 10, 100, 1000] + [0, 250, 500, 750, 1000], false),
    ])
  func schedules(steps: [Int], isLogarithmic: Bool) {
    #expect((Scale.Kind(steps: steps) == .logarithmicFromZero) == isLogarithmic)
  }

  @Test(
    "have ticks that do not lie over each other", arguments: [1, 7, 10, 99, 1000, 4096, 30_000, 1_000_000, 123_456_789])
  func ticks(last: Int) {
    for kind in [Scale.Kind.linear, .logarithmicFromZero] {
      let scale = Scale(kind, 0...Double(last), to: 58...424)
      let ticks = scale.ticks(5)
      #expect(!ticks.isEmpty)
      for (one, other) in zip(ticks, ticks.dropFirst()) {
        let room = scale(other.value) - scale(one.value)
        #expect(room > 3.7 * Double(one.label.count + other.label.count), "\(one.label) and \(other.label) of \(last)")
      }
    }
  }
}
