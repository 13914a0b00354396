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
