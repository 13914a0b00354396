/// What an audit computes; what is not asked for is not computed.
public struct Measures: OptionSet, Hashable, Sendable {
  /// One bit for each measure.
  public let rawValue: Int

  /// The measures whose bits are set.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Euclidean and in-sample KL statistics; always part of an audit.
  public static let regret = Measures(rawValue: 1)
  /// The regret under Fishers that saw neither minibatch of a pair.
  public static let heldOut = Measures(rawValue: 2)
  /// The in-sample regret over a range of ρ.
  public static let path = Measures(rawValue: 4)
  /// The regrets tensor by tensor.
  public static let tensors = Measures(rawValue: 8)
  /// Spectrum and contrastive flatness of the Fisher.
  public static let fisher = Measures(rawValue: 16)
  /// The regret under the population's Fisher, with intervals that count the factors' sampling.
  public static let estimate = Measures(rawValue: 32)
  /// What is read from θ and from single parameters: the Fisher–Rao norm, relative flatness and signal-to-noise ratios. Reads
  /// all rows once more.
  public static let parameters = Measures(rawValue: 64)
  /// All of them.
  public static let all: Measures = [.regret, .heldOut, .path, .tensors, .fisher, .estimate, .parameters]

  /// Each measure by the name that `--measures` has for it.
  public static let named: [(name: String, measure: Measures)] = [
    ("regret", .regret), ("held-out", .heldOut), ("path", .path), ("tensors", .tensors), ("fisher", .fisher),
    ("estimate", .estimate), ("parameters", .parameters),
  ]

  /// The names of the measures in it, separated by commas.
  public var name: String { Self.named.filter { contains($0.measure) }.map(\.name).joined(separator: ",") }
}
