public import Checkpoint

/// What is computed from the gradients of one checkpoint.
public struct Audit: Hashable, Codable, Sendable {
  /// Number of minibatches N, of those that the headline numbers are over where there are groups.
  public var minibatchCount: Int
  /// Gradients that are exactly zero: left out of the pair statistics.
  public var zeroGradients: Int
  /// Number of parameters P.
  public var parameterCount: Int
  /// Harmonic mean b of the minibatches' sizes.
  public var batchSize: Double
  /// In a Euclidean ball; nil where fewer than two gradients are left.
  public var euclidean: PairStatistics?
  /// In a ball of symmetrised KL divergence; nil without a usable Fisher.
  public var kl: KLMeasures?
  /// What others propose, from the same inner products; nil where pairs are not asked for, and of sketches, whose errors it
  /// would not tell.
  public var related: RelatedMeasures?
  /// Flatness of the Fisher itself.
  public var fisher: FisherSummary?
  /// In-sample measures at other weights of the same damping; nil where not asked for.
  public var dampingPath: [DampingPathPoint]?
  /// The regrets tensor by tensor, in the file's order; nil where not asked for.
  public var tensors: [TensorRegret]?
  /// The minibatches one by one, in the file's order; nil where pairs are not asked for.
  public var minibatches: [MinibatchSummary]?
  /// What the minibatches of different groups say of each other; nil where the file tells no groups.
  public var groups: GroupMeasures?
  /// What a reader of these numbers should know.
  public var warnings: [AuditWarning]
  /// Whether every row that was read had a checksum, and agreed with it.
  public var isVerified: Bool
  /// What sketching did to the numbers; nil where rows are whole.
  public var sketch: SketchSummary?
  /// How the numbers came about.
  public var plan: PlanSummary
  /// The matrices behind them; nil where not asked for.
  public var arrays: AuditArrays?
}

/// The regret in a ball of symmetrised KL divergence, and how its metric came about.
public struct KLMeasures: Hashable, Codable, Sendable {
  /// The Fisher estimate in use.
  public var fisher: FisherKind
  /// M, the factor rows that it is made of; for `minibatch` gradients.
  public var fisherRows: Int
  /// Its damping.
  public var damping: ResolvedDamping
  /// Gradients of length zero in this metric, beside those that are exactly zero.
  public var zeroGradients: Int
  /// Share of Σ‖D^{-½}g‖² outside the range of D^{-½}FD^{-½}.
  public var outsideRange: Double?
  /// Share of Σ‖g‖² in coordinates where every factor is exactly 0.
  public var dead: Double
  /// With the Fisher of all factor rows: low as a rule.
  public var inSample: PairStatistics?
  /// With Fishers that saw neither minibatch of a pair: high as a rule.
  public var heldOut: HeldOutStatistics?
  /// Under the population's Fisher; nil where ``heldOut`` is, and for `minibatch`.
  public var estimate: PopulationEstimate?
}

/// Scale and shape of the Fisher in raw coordinates, which depend on the parametrisation.
public struct FisherSummary: Hashable, Codable, Sendable {
  /// The Fisher estimate in use.
  public var kind: FisherKind
  /// tr F
  public var trace: Double
  /// λ₁(F)
  public var largestEigenvalue: Double
  /// ‖F‖_F
  public var frobenius: Double
  /// tr(F)²/‖F‖²_F
  public var effectiveRank: Double
  /// One minibatch's Fisher against the whole; nil without minibatch ids or with one group.
  public var contrast: ContrastiveFlatness?
}

/// How much flatter the mean of the minibatches' Fishers is than a single one, weighted by rows.
public struct ContrastiveFlatness: Hashable, Codable, Sendable {
  /// Mean λ₁(F_k)/λ₁(F)
  public var largestEigenvalue: Double
  /// Mean ‖F_k‖_F/‖F‖_F
  public var frobenius: Double
  /// The first in coordinates where diag F = 1.
  public var largestEigenvalueNormalized: Double
  /// The second in coordinates where diag F = 1.
  public var frobeniusNormalized: Double
  /// log det(I + F̃/α) − mean log det(I + F̃_k/α) ≥ 0, α = ρ/(1−ρ); nil for `identity`, `none` and ρ = 1.
  public var logVolumeGap: Double?
}

/// In-sample measures at one weight.
public struct DampingPathPoint: Hashable, Codable, Sendable {
  /// ρ
  public var weight: Double
  /// Mean regret.
  public var regret: Double?
  /// Mean cosine.
  public var cosine: Double?
  /// Mean norm.
  public var norm: Double?
  /// ``RelatedStatistics/regretRatio``; nil of sketches, as that is.
  public var regretRatio: Double?
  /// From the reference to each other group; nil where there are no groups.
  public var transfers: [DampingPathTransfer]?
}

/// What a step that is best for the reference does to another group, in-sample at one weight.
public struct DampingPathTransfer: Hashable, Codable, Sendable {
  /// The group's name.
  public var group: String
  /// ``TransferMeasures/excess``
  public var excess: Double?
  /// ``TransferMeasures/transfer``
  public var transfer: Double?
}

/// The regrets of one tensor's columns and its diagonal block of the Fisher.
public struct TensorRegret: Hashable, Codable, Sendable {
  /// The tensor's name.
  public var name: String
  /// Number of its elements.
  public var count: Int
  /// Of these, the ones that some gradient or factor in use touches; the others are 0 in all rows. Nil where a sketch does
  /// not tell.
  public var live: Int?
  /// In a Euclidean ball.
  public var euclidean: Estimate?
  /// In a KL ball at the whole model's ρ.
  public var kl: Estimate?
}

/// Something that a reader of the numbers should know before trusting them.
public struct AuditWarning: Hashable, Codable, Sendable {
  /// A short name that does not change, for scripts.
  public var code: String
  /// The same in words, with what to do.
  public var message: String

  /// A warning `code` explained by `message`.
  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}
