internal import Checkpoint

/// What rank 0 asks all ranks to do with their columns.
enum RankOrder: Codable {
  case sums(PassOrder)
  case images(ProductOrder)
  case moments(minibatches: [Int])
  case parameters(ParameterOrder)
}

/// A pass beside θ.
struct ParameterOrder: Codable {
  /// What the factor rows are called; nil for none.
  let factors: String?
  let hasFisher: Bool
  let pieceCount: Int

  init(_ pass: ParameterPass) {
    factors = pass.factors?.name
    hasFisher = pass.hasFisher
    pieceCount = pass.pieceCount
  }

  /// The same of the rows of `input`.
  func pass(_ input: AuditInput, workerCount: Int) -> ParameterPass {
    ParameterPass(
      input: input, factors: factors.map(input.factors(called:)), hasFisher: hasFisher, workerCount: workerCount,
      pieceCount: pieceCount)
  }
}

/// A pass over columns.
struct PassOrder: Codable {
  /// What the factor rows are called; nil for none.
  let factors: String?
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

  /// What `request` asks for, over `parts`.
  init(_ request: GramRequest, over parts: [Range<Int>], isVerified: Bool, isDouble: Bool, blockWidth: Int) {
    factors = request.factors?.name
    isWhitened = request.isWhitened
    isRaw = request.isRaw
    hasRawFactors = request.hasRawFactors
    tile = request.tile
    groups = request.groups
    usesTiles = request.usesTiles
    keptColumnLimit = request.keptColumnLimit
    self.parts = parts
    self.isVerified = isVerified
    self.isDouble = isDouble
    self.blockWidth = blockWidth
  }

  /// The same of the rows of `input`.
  func request(_ input: AuditInput) -> GramRequest {
    var request = GramRequest(
      gradients: input.gradients, factors: factors.map(input.factors(called:)),
      referenceCount: input.referenceRows.count, fisherRows: input.fisherRows, batchSize: input.fisherBatchSize,
      isWhitened: isWhitened, isRaw: isRaw, hasRawFactors: hasRawFactors, tile: tile, groups: groups)
    request.usesTiles = usesTiles
    request.keptColumnLimit = keptColumnLimit
    return request
  }
}

/// A product with S̃S̃ᵀ.
struct ProductOrder: Codable {
  /// What the factor rows are called.
  let factors: String
  let columns: [Range<Int>]
  let isNormalized: Bool
  let width: Int
  let isDouble: Bool
  /// How many vectors there are.
  let count: Int
  /// The vectors, one after another.
  let vectors: [Double]

  /// What `product` is to make of the rows of `vectors`.
  init(_ product: FactorProduct, _ vectors: Matrix) {
    factors = product.factors.name
    columns = product.columns
    isNormalized = product.isNormalized
    width = product.width
    isDouble = product.isDouble
    count = vectors.rowCount
    self.vectors = vectors.elements
  }

  /// The product with the rows of `input`, and what it is to be taken of.
  func product(_ input: AuditInput, workerCount: Int) -> (FactorProduct, vectors: Matrix) {
    var matrix = emptyMatrix
    matrix.elements = vectors
    let product = FactorProduct(
      factors: input.factors(called: factors), columns: columns, isNormalized: isNormalized, scale: 1, width: width,
      workerCount: workerCount, isDouble: isDouble)
    return (product, matrix)
  }

  /// A matrix of the extents of the vectors, which are those of their images.
  var emptyMatrix: Matrix { Matrix(count, vectors.count / max(1, count)) }
}

extension AuditInput {
  /// The factor rows of that name, which rank 0 has from the same input.
  fileprivate func factors(called name: String) -> any ColumnBlocks { factors.first { $0.rows.name == name }!.rows }
}
