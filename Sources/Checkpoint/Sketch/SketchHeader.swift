/// How the rows of a sketched checkpoint were made: each was divided by √D̂, and of every tensor that is larger than its
/// width all numbers were added, with signs, into as many sums.
///
/// D̂, the mean square of pilot rows, plays the part that the Fisher's own diagonal has in a checkpoint of whole rows.
public struct SketchHeader: Hashable, Codable, Sendable {
  /// Of the hash that tells each parameter's sum and sign.
  public var seed: UInt64
  /// What rows D̂ is the mean square of: factor rows of that kind, or for `minibatch` gradients times the root of their
  /// minibatch's size.
  public var pilotKind: FisherKind
  /// Number of pilot rows.
  public var pilotRowCount: Int
  /// What tells this D̂ from any other: rows may be held against each other only where they were divided by the same.
  public var pilot: String
  /// Number of parameters whose D̂ is not 0: those that are in the metric.
  public var liveCount: Int
  /// Columns of each tensor, in the order of the tensors; as many as it has parameters where it is kept whole.
  public var widths: [Int]

  /// A sketch with all its parts; nothing is checked yet.
  public init(
    seed: UInt64, pilotKind: FisherKind, pilotRowCount: Int, pilot: String, liveCount: Int, widths: [Int]
  ) {
    self.seed = seed
    self.pilotKind = pilotKind
    self.pilotRowCount = pilotRowCount
    self.pilot = pilot
    self.liveCount = liveCount
    self.widths = widths
  }

  /// Number of columns k, the numbers of a row.
  public var columnCount: Int { widths.reduce(0) { $0 &+ max(0, $1) } }

  /// What the sums are called, in files.
  public static let kind = "count"
  /// What the hash is called, in files.
  public static let hash = "splitmix64"

  /// The columns of each of `tensors` in a sketched row, in the order of `tensors`: they lie there as they do in a whole row.
  public func columns(of tensors: [TensorColumns]) -> [TensorColumns] {
    var columns: [TensorColumns?] = tensors.map { _ in nil }
    var next = 0
    for index in tensors.indices.sorted(by: {
      (tensors[$0].offset, tensors[$0].count) < (tensors[$1].offset, tensors[$1].count)
    }) {
      let (tensor, width) = (tensors[index], widths[index])
      columns[index] = TensorColumns(
        name: tensor.name, shape: width == tensor.count ? tensor.shape : [width], offset: next, count: width)
      next += width
    }
    return columns.map { $0! }
  }
}
