public import Checkpoint

/// A direction d in parameter space along which a loss is looked at: θ + αd.
public struct Direction: Hashable, Sendable {
  /// What figures call it.
  public let name: String
  /// How it came about.
  public let origin: DirectionOrigin
  /// What its length is measured against.
  public let scale: DirectionScale
  /// Seed of a random one.
  public let seed: UInt64?
  /// d, [P].
  public let values: [Float]

  /// A direction with all its parts.
  public init(
    name: String, origin: DirectionOrigin, scale: DirectionScale = .none, seed: UInt64? = nil, values: [Float]
  ) {
    self.name = name
    self.origin = origin
    self.scale = scale
    self.seed = seed
    self.values = values
  }

  /// ‖d‖.
  public var norm: Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
}

extension Direction {
  /// Standard normal numbers drawn from `seed`, scaled against θ [P], whose columns `tensors` names.
  public static func random(
    _ name: String = "random", at parameters: [Float], tensors: [TensorColumns], scale: DirectionScale, seed: UInt64
  ) -> Direction {
    var generator = SplitMix64(seed: seed)
    let drawn = parameters.map { _ in Float(generator.normal()) }
    return Direction(
      name: name, origin: .random, scale: scale, seed: seed,
      values: scale.applied(to: drawn, at: parameters, tensors: tensors))
  }

  /// From `parameters` [P] to `other` [P]: α = 0 is the one, α = 1 the other.
  public static func between(_ parameters: [Float], _ other: [Float], name: String = "between") -> Direction {
    precondition(parameters.count == other.count, "both ends have the same parameters")
    return Direction(name: name, origin: .between, values: zip(parameters, other).map { $1 - $0 })
  }
}
