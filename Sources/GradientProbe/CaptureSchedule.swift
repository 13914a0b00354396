#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// At which training steps a checkpoint is due.
public enum CaptureSchedule: Hashable, Sendable {
  /// Steps 0, n, 2n, …
  case every(Int)
  /// Step 0 and the whole numbers nearest to 10^(k/`perDecade`): with 3 a decade 1, 2, 5, 10, 22, 46, 100, …
  case logarithmic(perDecade: Int)
  /// The steps told.
  case steps(Set<Int>)
  /// As often as captures take at most this share of the time since the recorder began: 0.05 is a twentieth.
  case within(share: Double)

  /// Whether `step` is one of them.
  public func contains(_ step: Int) -> Bool {
    switch self {
    case .every(let interval):
      return interval > 0 && step >= 0 && step.isMultiple(of: interval)
    case .logarithmic(let perDecade):
      guard step > 0, perDecade > 0 else { return step == 0 }
      let nearest = (Double(perDecade) * log10(Double(step))).rounded()
      return [nearest - 1, nearest, nearest + 1].contains {
        $0 >= 0 && pow(10, $0 / Double(perDecade)).rounded() == Double(step)
      }
    case .steps(let steps):
      return steps.contains(step)
    case .within(let share):
      // Any step will do: when there is time for one is the recorder's to say.
      return step >= 0 && share > 0
    }
  }
}
