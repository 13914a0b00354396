/// How several processes that share out the columns of an audit talk to each other: rank 0 asks, the others answer.
public protocol RankLink: Sendable {
  /// This process's number, from 0.
  var rank: Int { get }
  /// Processes in all.
  var count: Int { get }
  /// Sends `bytes`; may wait until `rank` takes them.
  func send(_ bytes: [UInt8], to rank: Int)
  /// The next message from any rank, if one comes within so many seconds.
  func receive(within seconds: Double) -> (rank: Int, bytes: [UInt8])?
}

/// What went wrong on one of several ranks: the others cannot go on without it.
public struct RankFailure: Error, CustomStringConvertible {
  /// One line.
  public let description: String

  /// `line` says what went wrong, and where.
  public init(_ line: String) { description = line }
}
