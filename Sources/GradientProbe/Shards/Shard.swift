internal import Checkpoint

/// Which part of every row this process holds, where several train one model and none holds a whole gradient (FSDP, ZeRO,
/// tensor parallelism).
///
///     options.shard = Shard(rank: rank, of: 8)  // the tensors of this process's model are its own
///
/// Every process has a recorder of its own on one directory that all see, and captures the same minibatches in the same order.
/// They need no other way to speak to each other. A checkpoint is published when all shards of it are there, or not at all.
public struct Shard: Hashable, Sendable {
  /// 0-based number of this process. Rank 0 begins the run and publishes.
  public let rank: Int
  /// Number of processes R.
  public let count: Int
  /// What the process holds.
  public let content: Content

  /// What a process holds of the model.
  public enum Content: Hashable, Sendable {
    /// All tensors that ``Probe/tensors`` lists there, which no other process lists.
    case ownTensors
    /// Of the tensors of the whole model those of these names.
    case tensors([String])
    /// Of all P columns of the whole model these; a tensor may be cut, and its part is then written in its place.
    case columns(Range<Int>)
  }

  /// The tensors that this process's model lists. The checkpoint's columns are those of rank 0, then rank 1's, and so on.
  public init(rank: Int, of count: Int) { self.init(rank, count, .ownTensors) }

  /// The tensors `tensors` of a model that lists all of them in every process. The checkpoint's columns are those of rank 0,
  /// then rank 1's, and so on.
  public init(rank: Int, of count: Int, tensors: [String]) { self.init(rank, count, .tensors(tensors)) }

  /// The columns `columns` of a model that lists all its tensors, whole, in every process. What is written to a tensor is the
  /// part of it that lies in them, flat.
  public init(rank: Int, of count: Int, columns: Range<Int>) { self.init(rank, count, .columns(columns)) }

  private init(_ rank: Int, _ count: Int, _ content: Content) {
    self.rank = rank
    self.count = count
    self.content = content
  }
}

extension Shard {
  /// Throws where there is no such rank, and where `options` ask for what ranks cannot agree on by themselves.
  func check(_ options: RecorderOptions, directory: String) throws(CheckpointError) {
    func fail(_ reason: String) -> CheckpointError {
      CheckpointError(file: directory, cause: .invalid(object: "RecorderOptions.shard", reason: reason))
    }
    guard 1...StoredShard.limit ~= count, 0..<count ~= rank else {
      throw fail("rank \(rank) of \(count): ranks from 0, of 1 to \(StoredShard.limit), are needed")
    }
    if case .within = options.schedule { throw fail("the schedule within(share:) differs from rank to rank") }
    guard options.shardTimeout > 0 else { throw fail("shardTimeout is \(options.shardTimeout): seconds are needed") }
  }
}
