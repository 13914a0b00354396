#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How often a measure gets the sign of a change of the gap wrong, environment by environment (Dziugaite et al. 2020).
///
/// An environment is a pair of settings that differ in exactly one hyperparameter; its error is the weighted mean over pairs
/// of their runs of ½(1 − sgn(Δmeasure)·sgn(Δgap)): 0 always right, ½ a coin, 1 always wrong. A measure is robust when its
/// worst environment is good, not its average one.
///
/// A pair's weight is max(0, 1 − φ)², φ = 2exp(−z²/2) bounding the chance that the gaps' own errors made the difference, z
/// that difference in its standard errors; 1 where no errors were recorded. Environments whose mean weight is below ½ are
/// left out and counted.
public struct RobustSignError: Hashable, Codable, Sendable {
  /// One hyperparameter's environments.
  public struct Part: Hashable, Codable, Sendable {
    /// The hyperparameter that differs.
    public let hyperparameter: String
    /// Mean error over its environments.
    public let mean: Double
    /// Largest error among them.
    public let maximum: Double
    /// Number of environments.
    public let environments: Int
  }

  /// Error of each environment, ascending.
  public let errors: [Double]
  /// The environments by hyperparameter.
  public let parts: [Part]
  /// Environments in which the gaps do not differ beyond their errors.
  public let undecided: Int

  /// Mean error over environments.
  public var mean: Double { errors.reduce(0, +) / Double(errors.count) }
  /// Largest error.
  public var maximum: Double { errors[errors.count - 1] }
  /// Error that nine environments in ten do not exceed.
  public var ninetiethPercentile: Double { errors[(errors.count * 9 + 9) / 10 - 1] }

  static let leastWeight = 0.5

  /// nil where no environment is left.
  init?(_ settings: Settings, measure: [Double], gap: [Double], gapErrors: [Double]? = nil) {
    var byHyperparameter = [[Double]](repeating: [], count: settings.names.count)
    var undecided = 0
    let members = settings.settings
    for (index, first) in members.enumerated() {
      for second in members[(index + 1)...] {
        guard let hyperparameter = settings.onlyDifference(first[0], second[0]) else { continue }
        if let error = Self.error(of: first, second, measure: measure, gap: gap, gapErrors: gapErrors) {
          byHyperparameter[hyperparameter].append(error)
        } else {
          undecided += 1
        }
      }
    }
    errors = byHyperparameter.flatMap { $0 }.sorted()
    guard !errors.isEmpty else { return nil }
    self.undecided = undecided
    parts = zip(settings.names, byHyperparameter).compactMap { name, errors in
      guard let maximum = errors.max() else { return nil }
      return Part(
        hyperparameter: name, mean: errors.reduce(0, +) / Double(errors.count), maximum: maximum,
        environments: errors.count)
    }
  }

  private static func error(
    of first: [Int], _ second: [Int], measure: [Double], gap: [Double], gapErrors: [Double]?
  ) -> Double? {
    var weights = 0.0
    var wrong = 0.0
    for one in first {
      for other in second {
        let difference = gap[other] - gap[one]
        let weight = gapErrors.map { certainty(of: difference, $0[one], $0[other]) } ?? 1
        weights += weight
        wrong += weight * (1 - sign(of: measure[other] - measure[one]) * sign(of: difference)) / 2
      }
    }
    guard weights >= leastWeight * Double(first.count * second.count) else { return nil }
    return wrong / weights
  }

  private static func certainty(of difference: Double, _ first: Double, _ second: Double) -> Double {
    let variance = first * first + second * second
    guard variance > 0 else { return difference == 0 ? 0 : 1 }
    let chance = 2 * exp(-difference * difference / (2 * variance))
    let certainty = max(0, 1 - chance)
    return certainty * certainty
  }
}

/// 1, −1, or 0 of zero.
func sign(of value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : 0 }
