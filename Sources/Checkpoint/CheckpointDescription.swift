/// Everything that a checkpoint file says about itself except its large matrices, of which it tells where they are.
///
/// Made by whoever may open the file with HDF5, and a plain value from then on: it can cross a process border as JSON,
/// and ``checked(fileByteCount:)`` is what makes it trusted.
public struct CheckpointDescription: Hashable, Codable, Sendable {
  /// The highest version of the format that this package reads.
  public static let supportedVersion = 2

  /// The version of the format that the file is of: 2 for sketches and for the index of shards, which older readers must
  /// not take for a checkpoint of whole rows.
  public var version: Int { shards == nil && sketch == nil ? 1 : 2 }

  /// Program and version that wrote the file.
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
  /// Gradients of the mean loss of N minibatches [N, P].
  public var gradients: StoredMatrix
  /// Mean loss of each minibatch [nats], [N].
  public var losses: [Double]
  /// Examples in each minibatch, [N].
  public var batchSizes: [Int]
  /// Training step of each row, for `path`, [N].
  public var minibatchSteps: [Int]?
  /// Which data each minibatch was drawn from; nil where the file does not tell.
  public var groups: MinibatchGroups?
  /// A hash of each minibatch's examples, [N], by which checkpoints of the same minibatches are known; nil where the
  /// file does not tell.
  public var batchHashes: [UInt64]?
  /// Factor rows by kind.
  public var factors: [StoredFactors]
  /// The columns of each parameter tensor, without gaps or overlap, in the file's order.
  public var tensors: [TensorColumns]
  /// θ, [1, P].
  public var parameters: StoredMatrix?
  /// Whatever else the run wanted to keep.
  public var metrics: [String: Double]
  /// What the run is called and how it was trained, as far as it tells.
  public var configuration: RunConfiguration
  /// Groups of `/fisher` with factors of a kind that is not known here, by name.
  public var unknownFisherKinds: [String]
  /// Whether the writer says that rows are missing that it was to write.
  public var isPartial: Bool
  /// The matrices of which some chunks were never written, so that they read as the fill value.
  public var unwrittenChunks: [UnwrittenChunks]
  /// Where the checksums of the matrices are; nil where the file holds none that are known here, so that damage to it
  /// would go unseen.
  public var checksums: [StoredChecksums]?
  /// The files that the matrices lie in, by columns; nil where they are in this one.
  public var shards: [StoredShard]?
  /// How rows were sketched; nil where they are whole.
  public var sketch: StoredSketch?

  /// Number of minibatches N.
  public var minibatchCount: Int { gradients.rowCount }
  /// Number of columns of the matrices: P, or k of a sketch.
  public var columnCount: Int { gradients.columnCount }
  /// Number of parameters P.
  public var parameterCount: Int {
    sketch == nil ? columnCount : tensors.reduce(0) { $0 &+ max(0, $1.count) }
  }

  /// A description with all its parts; nothing is checked yet.
  public init(
    creator: String, created: String, run: String, sequence: Int, step: Int, sampling: Sampling,
    likelihood: LikelihoodKind, gradients: StoredMatrix, losses: [Double], batchSizes: [Int], minibatchSteps: [Int]?,
    factors: [StoredFactors], tensors: [TensorColumns], parameters: StoredMatrix?, metrics: [String: Double],
    unknownFisherKinds: [String] = [], isPartial: Bool = false, unwrittenChunks: [UnwrittenChunks] = [],
    groups: MinibatchGroups? = nil, configuration: RunConfiguration = RunConfiguration(),
    batchHashes: [UInt64]? = nil, checksums: [StoredChecksums]? = nil, shards: [StoredShard]? = nil,
    sketch: StoredSketch? = nil
  ) {
    self.creator = creator
    self.created = created
    self.run = run
    self.sequence = sequence
    self.step = step
    self.sampling = sampling
    self.likelihood = likelihood
    self.gradients = gradients
    self.losses = losses
    self.batchSizes = batchSizes
    self.minibatchSteps = minibatchSteps
    self.groups = groups
    self.batchHashes = batchHashes
    self.factors = factors
    self.tensors = tensors
    self.parameters = parameters
    self.metrics = metrics
    self.configuration = configuration
    self.unknownFisherKinds = unknownFisherKinds
    self.isPartial = isPartial
    self.unwrittenChunks = unwrittenChunks
    self.checksums = checksums
    self.shards = shards
    self.sketch = sketch
  }

  /// The factor rows of `kind`, if the file holds any.
  public func factors(of kind: FisherKind) -> StoredFactors? { factors.first { $0.kind == kind } }

  /// All matrices, in the order in which the format lists them.
  public var matrices: [StoredMatrix] {
    [gradients] + factors.map(\.matrix) + (sketch.map { [$0.gradients] } ?? []) + (parameters.map { [$0] } ?? [])
  }

  /// The matrices that only HDF5 can decode, in the order in which their tiles are passed on.
  public var encodedMatrices: [StoredMatrix] {
    matrices.filter(\.isEncoded)
  }
}

/// How many of a matrix's chunks were never written.
public struct UnwrittenChunks: Hashable, Codable, Sendable {
  /// The dataset's path in the file.
  public let matrix: String
  /// Chunks that were never written.
  public let count: Int
  /// All chunks.
  public let total: Int

  /// `count` of `total` chunks of `matrix` are missing.
  public init(matrix: String, count: Int, total: Int) {
    self.matrix = matrix
    self.count = count
    self.total = total
  }
}

/// The factor rows S of one Fisher estimate F = (1/M) SᵀS.
public struct StoredFactors: Hashable, Codable, Sendable {
  /// `exact`, `sampled` or `empirical`.
  public let kind: FisherKind
  /// S, [M, P].
  public let matrix: StoredMatrix
  /// For each row the minibatch whose examples it came from, −1 for other data; nil where the file does not say.
  public let minibatches: [Int]?

  /// Rows `matrix` of `kind`, each from the minibatch told.
  public init(kind: FisherKind, matrix: StoredMatrix, minibatches: [Int]?) {
    self.kind = kind
    self.matrix = matrix
    self.minibatches = minibatches
  }
}
