public import Checkpoint

/// What one share of a checkpoint's columns adds up to: with the others' all that an audit needs of the rows.
///
/// Its numbers are kept by whoever asked for it (``NumberStore``); this tells where.
public struct ShareSums: Hashable, Codable, Sendable {
  /// The share's columns, of those that the audit is of.
  public let columns: Range<Int>
  /// The Fisher that it is of.
  public let fisher: FisherKind
  /// What products were formed in.
  public let precision: ElementType
  /// Whether every row that was read had a checksum, and agreed with it.
  public let isVerified: Bool
  let content: Content
  /// What a ``ParameterPass`` adds up; nil where it was not asked for.
  let parameters: NumberPlace?
  /// A hash of each gradient's columns [N].
  let digests: [UInt64]
  /// Minibatches whose empirical rows are compared with their gradients, and what these columns tell of them.
  let minibatches: [Int]
  let moments: [EmpiricalMean.Moments]

  /// What its numbers are.
  enum Content: Hashable, Codable, Sendable {
    /// Sums over all columns, and over those of each tensor that has some.
    case sums(SumsShape, total: NumberPlace, tensors: [Tensor])
    /// The columns themselves, which are fewer than the rows: G, and S in the file's order.
    case rows(gradients: NumberPlace, factors: NumberPlace)
  }

  /// The sums over a tensor's columns.
  struct Tensor: Hashable, Codable, Sendable {
    /// Its place among the input's.
    let index: Int
    /// Columns that are kept as they stand, where they are few.
    let keptCount: Int
    let place: NumberPlace
  }

  /// The places of all its numbers.
  public var places: [NumberPlace] {
    let own =
      switch content {
      case .sums(_, let total, let tensors): [total] + tensors.map(\.place)
      case .rows(let gradients, let factors): [gradients, factors]
      }
    return own + (parameters.map { [$0] } ?? [])
  }
}

/// Where some of the numbers of a ``NumberStore`` are.
public struct NumberPlace: Hashable, Codable, Sendable {
  /// 0-based number of the first.
  public let start: Int
  /// How many they are.
  public let count: Int
  /// XXH3 of their bytes, little-endian.
  public let checksum: UInt64

  /// `count` numbers from `start` on.
  public init(start: Int, count: Int, checksum: UInt64) {
    self.start = start
    self.count = count
    self.checksum = checksum
  }
}

/// Numbers kept one after another while they are computed, from several threads.
public protocol NumberStore: Sendable {
  /// Adds `numbers` at the end.
  func append(_ numbers: [Double]) throws -> NumberPlace
  /// How many there are.
  var count: Int { get }
  /// Forgets all but the first `count`.
  func cut(to count: Int) throws
}
