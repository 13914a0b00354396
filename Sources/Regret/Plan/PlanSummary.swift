public import Checkpoint

/// How an audit is carried out, for people who want to know before they start it or before they trust it.
public struct PlanSummary: Hashable, Codable, Sendable {
  /// The Fisher estimate in use.
  public var fisher: FisherKind
  /// How A⁻¹ is applied; never `auto`.
  public var solver: SolverChoice
  /// Why this solver, in a few words.
  public var reason: String
  /// What products are formed in; totals and solves are always in double precision. `bfloat16` is ``Tiles``.
  public var precision: ElementType
  /// Threads.
  public var workerCount: Int
  /// The most columns that a worker holds at once.
  public var blockWidth: Int
  /// What will be read of the rows [bytes]; for `cg` without its iterations.
  public var bytesToRead: Int
  /// What one iteration of `cg` reads again [bytes].
  public var bytesPerIteration: Int?
  /// The most memory that is expected to be resident [bytes].
  public var expectedPeak: Int
  /// The bound on it [bytes].
  public var memoryBound: Int
  /// The BLAS and the processor that its kernels were written for.
  public var kernel: String
  /// Measures that are left out because they would take too long or too much memory here.
  public var skipped: [SkippedMeasure]
  /// Iterations that `cg` took.
  public var iterations: Int?
  /// Largest relative residual that `cg` left.
  public var residual: Double?
}

extension PlanSummary {
  /// ``kernel`` where products are formed in `precision`.
  static func kernel(for precision: ElementType) -> String {
    precision == .bfloat16 ? "\(Tiles.kernel) and \(BLAS.kernel)" : BLAS.kernel
  }

  /// What ``precision`` means, in words.
  public var arithmetic: String {
    precision == .bfloat16
      ? "bfloat16 products of split float32 numbers, float64 totals" : "\(precision.rawValue) products, float64 totals"
  }
}

/// A measure that was not computed.
public struct SkippedMeasure: Hashable, Codable, Sendable {
  /// Its name, as `--measures` has it.
  public var measure: String
  /// Why, and how to ask for it.
  public var reason: String
}
