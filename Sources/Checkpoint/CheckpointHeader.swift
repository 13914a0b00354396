/// What has to be known of a checkpoint before its rows are written: everything but the numbers.
public struct CheckpointHeader: Hashable, Sendable {
  /// Program and version that writes the file.
  public var creator: String
  /// RFC 3339 time in UTC.
  public var created: String
  /// Run id.
  public var run: String
  /// 0-based number of this file in its run.
  public var sequence: Int
  /// Training step.
  public var step: Int
  /// Whether all rows belong to one θ.
  public var sampling: Sampling
  /// The output distribution whose negative logarithm was the loss.
  public var likelihood: LikelihoodKind
  /// How one number of the matrices is stored.
  public var elementType: ElementType
  /// Examples in each minibatch, [N].
  public var batchSizes: [Int]
  /// Training step of each row, for `path`, [N].
  public var minibatchSteps: [Int]?
  /// Which data each minibatch was drawn from; nil where all are of one kind.
  public var groups: MinibatchGroups?
  /// A hash of each minibatch's examples, [N], the same wherever the same examples are recorded; nil: not told.
  public var batchHashes: [UInt64]?
  /// Factor rows by kind.
  public var factors: [FactorHeader]
  /// The columns of each parameter tensor, without gaps or overlap.
  public var tensors: [TensorColumns]
  /// Whether θ is stored.
  public var hasParameters: Bool
  /// Whatever else the run wants to keep.
  public var metrics: [String: Double]
  /// What the run is called and how it is trained.
  public var configuration = RunConfiguration()
  /// What of the checkpoint the file holds.
  public var part = CheckpointPart.whole
  /// Whether it closes with fewer rows than its run's others, as the last observations of a run do.
  public var isPartial = false
  /// How rows are sketched; nil where they are whole.
  public var sketch: SketchHeader?

  /// A header with all its parts; the writer checks that they agree.
  public init(
    creator: String, created: String, run: String, sequence: Int, step: Int, sampling: Sampling = .fixed,
    likelihood: LikelihoodKind = .unspecified, elementType: ElementType = .float32, batchSizes: [Int],
    minibatchSteps: [Int]? = nil, groups: MinibatchGroups? = nil, factors: [FactorHeader] = [],
    tensors: [TensorColumns], hasParameters: Bool = false,
    metrics: [String: Double] = [:]
  ) {
    self.creator = creator
    self.created = created
    self.run = run
    self.sequence = sequence
    self.step = step
    self.sampling = sampling
    self.likelihood = likelihood
    self.elementType = elementType
    self.batchSizes = batchSizes
    self.minibatchSteps = minibatchSteps
    self.groups = groups
    self.factors = factors
    self.tensors = tensors
    self.hasParameters = hasParameters
    self.metrics = metrics
  }

  /// Number of minibatches N.
  public var minibatchCount: Int { batchSizes.count }
  /// Number of parameters P.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
  /// Number of columns of the file's matrices.
  public var columnCount: Int {
    if let sketch { return sketch.columnCount }
    return if case .shard(_, _, let columns) = part { columns.count } else { parameterCount }
  }
}

/// What of a checkpoint one file holds.
public enum CheckpointPart: Hashable, Sendable {
  /// All of it.
  case whole
  /// All but the matrices, which are in `shards`.
  case index(shards: [StoredShard])
  /// Some columns of the matrices and nothing else: number `number` of `count` shards.
  case shard(number: Int, of: Int, columns: Range<Int>)
}

/// What has to be known of one kind of factors before their rows are written.
public struct FactorHeader: Hashable, Sendable {
  /// `exact`, `sampled` or `empirical`.
  public var kind: FisherKind
  /// Number of rows M.
  public var rowCount: Int
  /// For each row the minibatch whose examples it came from, −1 for other data; nil where that is not known.
  public var minibatches: [Int]?

  /// `rowCount` rows of `kind`.
  public init(kind: FisherKind, rowCount: Int, minibatches: [Int]?) {
    self.kind = kind
    self.rowCount = rowCount
    self.minibatches = minibatches
  }
}
