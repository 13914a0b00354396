public import Checkpoint
public import Logging

/// What a recorder captures, when, and how it is stored.
public struct RecorderOptions: Sendable {
  /// The steps of which ``Recorder/isDue(at:)`` says yes; every 100th by default.
  public var schedule: CaptureSchedule = .every(100)

  /// Kinds of Fisher factors in each checkpoint. Nil, the default: `sampled` where the model can redraw its labels,
  /// none where it cannot. `minibatch` needs no factors and costs nothing.
  public var factors: Set<FisherKind>?

  /// Rows of `sampled` factors for each minibatch: backward passes beside the gradient's own. 4 by default.
  public var sampledDraws = 4

  /// Examples of each minibatch, its first ones, of which `exact` and `empirical` factors are made: C and 1 rows each.
  /// Nil, the default: all.
  public var factorExamples: Int?

  /// Names of the groups of minibatches whose inputs factor rows are made of. Nil, the default: the first group, which is
  /// the reference of reports.
  public var factorGroups: Set<String>?

  /// How numbers are stored; float32 by default. The 16-bit types halve the file.
  public var elementType: ElementType = .float32

  /// How rows are sketched, where whole ones take too much room. Nil, the default: they are stored whole.
  public var sketch: Sketch?

  /// Seed of all draws; 0 by default. The draws of a checkpoint depend on this, its step and nothing else.
  public var seed: UInt64 = 0

  /// What becomes of a minibatch whose gradient is not finite: an error by default.
  public var nonFinite: NonFinitePolicy = .fail

  /// Whether each capture computes its first gradient twice and reports the relative difference in the log and as metric
  /// `repeat_difference`: anything but 0 names dropout, batch normalisation in training mode or an unordered sum. Off by
  /// default.
  public var repeatsGradient = false

  /// Rows that may wait for the disk, P floats of memory each; when so many do, a capture waits. Nil, the default: as
  /// many as take 64 MiB, but between 4 and 16,384.
  public var queueDepth: Int?

  /// Rows that ``Recorder/observe(step:batchSize:loss:group:batchHash:tensors:metrics:_:)`` gathers for one checkpoint; 64 by default.
  public var rows = 64

  /// Whether a directory that holds checkpoints already is continued: same run, next sequence number. Off by default:
  /// such a directory is refused.
  public var resume = false

  /// What people call the run, such as `small batch`: reports show it in place of the run's id. Nil, the default: a
  /// resumed run keeps its name, and another one is called by its directory.
  public var name: String?

  /// Settings of the training, numbers or texts: `["lr": 0.1, "optimizer": "sgd"]`. Every checkpoint holds them. A
  /// resumed run keeps its own, with these in their place from then on.
  public var configuration: [String: ConfigurationValue] = [:]

  /// Which part of every row this process holds, where several record one run together. Nil, the default: all of it.
  ///
  /// The schedule must then be one that all ranks see alike, so not ``CaptureSchedule/within(share:)``. A row that is not
  /// finite on one rank gives the checkpoint up on all, or with ``NonFinitePolicy/leaveOut`` is left out on all.
  public var shard: Shard?

  /// Seconds that a rank waits for the others', at its beginning and for each checkpoint, beside the training; 600 by
  /// default. A checkpoint that lacks a rank's shard by then is given up.
  public var shardTimeout = 600.0

  /// Where messages go; the label is `GradientProbe`.
  public var logger = Logger(label: "GradientProbe")

  static let queueByteCount = 64 << 20

  /// The defaults.
  public init() {}
}

/// What becomes of a minibatch whose gradient holds a number that is not finite.
public enum NonFinitePolicy: Hashable, Sendable {
  /// ``CaptureError/nonFinite(tensor:in:)``, and no checkpoint.
  case fail
  /// A warning, and the minibatch is left out with its factors. Rows are then kept in an unnamed file beside the
  /// checkpoint until their number is known: twice the writing.
  case leaveOut
}
