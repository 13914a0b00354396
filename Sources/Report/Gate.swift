internal import Regret

/// A limit on one measure of every checkpoint, for continuous integration.
public struct Gate: Hashable, Sendable {
  /// Where the measure stands in a checkpoint's JSON, such as `kl.held_out.regret`.
  public let path: String
  /// The most that it may be.
  public let limit: Double

  /// The measure at `path` may be at most `limit`.
  public init(path: String, limit: Double) {
    self.path = path
    self.limit = limit
  }

  /// Parses `PATH=VALUE`; nil where that is not its shape or VALUE is not a finite number.
  public init?(parsing text: String) {
    guard let sign = text.lastIndex(of: "="), sign != text.startIndex,
      let limit = Double(text[text.index(after: sign)...]), limit.isFinite
    else { return nil }
    self.init(path: String(text[..<sign]), limit: limit)
  }

  /// What a gate found.
  public enum Outcome: Hashable, Sendable {
    /// The measure is not above the limit.
    case passed
    /// It is, as the text says.
    case exceeded(String)
    /// It is null or absent in this checkpoint, so that nothing can be said; the text says so.
    case unknown(String)
  }

  /// Holds `checkpoint` against this gate.
  public func check(_ checkpoint: CheckpointReport) -> Outcome {
    let file = checkpoint.file.printable
    guard let found = checkpoint.json.value(at: path) else {
      return .unknown("\(file): \(path.printable) is not there, so it can't be held against \(limit)")
    }
    let estimate = found["value"] ?? found
    guard let value = estimate.double else {
      return .unknown("\(file): \(path.printable) is not known, so it can't be held against \(limit)")
    }
    if path.hasPrefix("kl.estimate.") || path.hasPrefix("transfer.") && path.contains(".kl.estimate."),
      found["value"] != nil, let estimate = checkpoint.audit.kl?.estimate,
      !estimate.isSupported
    {
      return .unknown(
        "\(file): \(path.printable) is not supported by the file (\(estimate.shortcoming!.rawValue)), so it can't be held "
          + "against \(limit)")
    }
    guard value > limit else { return .passed }
    return .exceeded(
      "\(file): \(path.printable) is \(NumberText.rounded(value, digits: 5))\(Self.interval(found)), above \(limit)")
  }

  /// The ends of the 95% interval of `found`, where it has one: ± means half of it everywhere, and it may be lopsided.
  private static func interval(_ found: JSONValue) -> String {
    guard let low = found["low"]?.double else { return "" }
    let high = found["high"]?.double.map { NumberText.rounded($0, digits: 4) } ?? "∞"
    return " (95% from \(NumberText.rounded(low, digits: 4)) to \(high))"
  }

  /// Whether any report can have a number at this path; what depends on the file (its metrics and tensors) can.
  public var isPossible: Bool {
    let first = path.prefix { $0 != "." }
    if ["metrics", "tensors", "damping_path", "groups", "transfer", "per_minibatch"].contains(String(first)) {
      return path.count > first.count + 1
    }
    let suffix = [".value", ".stderr", ".low", ".high"].first(where: path.hasSuffix) ?? ""
    return CheckpointReport.measurePaths.contains(String(path.dropLast(suffix.count)))
  }
}
