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

/// A message between ranks.
enum RankMessage {
  /// From rank 0: open a checkpoint file, whose contents have such a hash.
  case open(file: String, contents: UInt64)
  /// From rank 0: do this with your columns.
  case work(RankOrder)
  /// From rank 0: hand over the totals that you are done with.
  case hand
  /// From rank 0: nothing is left to do.
  case end
  /// Bytes that were read since the last word.
  case progress(Int)
  /// Sums over the columns of a part that lie with this rank alone.
  case part(Int, keptCount: Int, [Double])
  /// All that was asked for is done.
  case done
  /// Totals over the rank's columns, and sums over those of parts that it shares with others.
  case total([Double], cut: [Cut])
  /// One line.
  case failure(String)

  struct Cut {
    let part: Int
    let numbers: [Double]
  }
}

/// What rank 0 asks all ranks to do with their columns.
enum RankOrder: Codable {
  case sums(PassOrder)
  case images(ProductOrder)
  case moments(minibatches: [Int])
}

/// A pass over columns.
struct PassOrder: Codable {
  let fisher: FisherSelection
  let isWhitened: Bool
  let isRaw: Bool
  let hasRawFactors: Bool
  let tile: Range<Int>?
  let groups: [[Int]]?
  let usesTiles: Bool
  let keptColumnLimit: Int
  let parts: [Range<Int>]
  let isVerified: Bool
  let isDouble: Bool
  let blockWidth: Int
}

/// A product with S̃S̃ᵀ.
struct ProductOrder: Codable {
  let fisher: FisherSelection
  let columns: [Range<Int>]
  let isNormalized: Bool
  let width: Int
  let isDouble: Bool
  let rowCount: Int
  /// Vectors, one after another.
  let vectors: [Double]
}

/// Which factor rows are meant, by their place among the input's; nil for none.
struct FisherSelection: Codable {
  let place: Int?
}
