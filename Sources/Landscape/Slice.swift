public import Checkpoint

/// A slice through the losses around one checkpoint: what a slice file holds, its directions' numbers excepted.
public struct Slice: Hashable, Codable, Sendable {
  /// The version of the slice file that this package reads and writes.
  public static let supportedVersion = 1

  /// The attribute `format` of a slice file.
  public static let format = "gradient-probe-slice"

  /// Program and version that wrote the file.
  public var creator: String
  /// RFC 3339 time in UTC.
  public var created: String
  /// What figures call the slice; unique beside its checkpoint.
  public var name: String
  /// The checkpoint at whose θ the losses were evaluated.
  public var origin: CheckpointReference
  /// The directions of the grid's axes, the first one first.
  public var directions: [DirectionSummary]
  /// Losses on the grid.
  public var surface: LossSurface
  /// Which data each minibatch was drawn from; nil where all are of one kind.
  public var groups: MinibatchGroups?

  /// A slice with all its parts.
  public init(
    creator: String, created: String, name: String, origin: CheckpointReference, directions: [DirectionSummary],
    surface: LossSurface, groups: MinibatchGroups? = nil
  ) {
    self.creator = creator
    self.created = created
    self.name = name
    self.origin = origin
    self.directions = directions
    self.surface = surface
    self.groups = groups
  }
}

/// Which checkpoint a slice belongs to.
public struct CheckpointReference: Hashable, Codable, Sendable {
  /// Run id.
  public var run: String
  /// Training step.
  public var step: Int
  /// The checkpoint file's name in the same directory.
  public var file: String
  /// The checksum of what the checkpoint file says about itself, its losses and metrics included, with the name of the
  /// algorithm before a colon; empty where it was not known.
  public var checksum: String

  /// The checkpoint `file` of `run` at `step`.
  public init(run: String, step: Int, file: String, checksum: String) {
    self.run = run
    self.step = step
    self.file = file
    self.checksum = checksum
  }
}

/// A direction without its numbers.
public struct DirectionSummary: Hashable, Codable, Sendable {
  /// What figures call it.
  public var name: String
  /// How it came about.
  public var origin: DirectionOrigin
  /// What its length is measured against.
  public var scale: DirectionScale
  /// Seed of a random one.
  public var seed: UInt64?
  /// ‖d‖, of which α = 1 is a multiple.
  public var norm: Double

  /// What is to be said of `direction`.
  public init(_ direction: Direction) {
    self.init(
      name: direction.name, origin: direction.origin, scale: direction.scale, seed: direction.seed, norm: direction.norm
    )
  }

  /// A summary with all its parts.
  public init(name: String, origin: DirectionOrigin, scale: DirectionScale, seed: UInt64?, norm: Double) {
    self.name = name
    self.origin = origin
    self.scale = scale
    self.seed = seed
    self.norm = norm
  }
}

extension Slice {
  /// The name of a slice file beside the checkpoint file `checkpoint`: `step-00000120.h5` and `random` make
  /// `step-00000120-random.slice.h5`.
  public static func fileName(_ name: String, beside checkpoint: String) -> String {
    let stem = checkpoint.hasSuffix(".h5") ? String(checkpoint.dropLast(3)) : checkpoint
    return "\(stem)-\(name)\(fileSuffix)"
  }

  /// How a slice names a checkpoint's checksum.
  public static func checksumText(_ checksum: UInt64) -> String {
    "xxh3:" + checksum.digits(16, radix: 16)
  }

  /// How the names of slice files end; those of checkpoint files do not.
  public static let fileSuffix = ".slice.h5"
}
