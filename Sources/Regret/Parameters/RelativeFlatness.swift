internal import Checkpoint
internal import Synchronization

/// ‖WᵀA‖²_F = Σ_st (w_s·w_t)(a_s·a_t) of one tensor W [outputs, inputs] and of what rows have in its place, A; w_s and a_s are rows of W
/// and A. What W's first axis leaves of a tensor of more axes are inputs.
struct RelativeFlatness: Sendable {
  private let tensor: TensorColumns
  private let rows: any ColumnBlocks
  /// What is taken off every row; none where empty.
  private let mean: [Double]
  /// W ÷ 2^exponent, [outputs · inputs], which what is read is multiplied by: 0 unless W's squares may leave double precision.
  private let weights: [Double]
  private let exponent: Int
  /// WWᵀ [outputs, outputs] where that is the smaller.
  private let products: Matrix?

  private var outputs: Int { tensor.shape[0] }
  private var inputs: Int { tensor.count / tensor.shape[0] }

  /// Numbers of rows that a worker holds at once.
  private let pieceCount: Int

  /// Of `tensor`, of more than one axis, whose numbers are `weights`.
  init(
    _ tensor: TensorColumns, weights: [Double], rows: any ColumnBlocks, mean: [Double] = [],
    pieceCount: Int = ParameterPass.largestPiece
  ) {
    self.pieceCount = pieceCount
    self.tensor = tensor
    self.rows = rows
    self.mean = mean
    let largest = weights.reduce(0) { max($0, abs($1)) }
    let exponent = largest > 0 && abs(largest.exponent) > 200 ? Int(largest.exponent) : 0
    self.exponent = exponent
    self.weights =
      exponent == 0 ? weights : weights.map { Double(sign: .plus, exponent: -exponent, significand: $0) }
    let (outputs, inputs) = (tensor.shape[0], tensor.count / tensor.shape[0])
    var matrix = Matrix(outputs <= inputs ? outputs : 0, inputs)
    if outputs <= inputs { matrix.elements = self.weights }
    products = outputs <= inputs ? matrix.timesTransposed(matrix) : nil
  }

  /// Multiplications of one row of `tensor`.
  static func products(_ tensor: TensorColumns) -> Double {
    guard tensor.shape.count > 1, tensor.count > 0 else { return 0 }
    return Double(tensor.count) * Double(min(tensor.shape[0], tensor.count / tensor.shape[0]))
  }

  /// The most memory that `tensor` takes [bytes].
  static func byteCount(_ tensor: TensorColumns, pieceCount: Int, workerCount: Int, hasMean: Bool) -> Int {
    guard tensor.shape.count > 1, tensor.count > 0 else { return 0 }
    let (outputs, inputs) = (tensor.shape[0], tensor.count / tensor.shape[0])
    let square = min(outputs, inputs) * min(outputs, inputs)
    let piece = bufferCount(tensor, pieceCount: pieceCount)
    let images = outputs > inputs ? square : piece
    return 8 * (tensor.count * (hasMean ? 3 : 2) + square + workerCount * (piece + images))
  }

  /// Rows that are read at once: several that are small, which then stay in a processor's own cache.
  private var rowsAtOnce: Int { Self.rowsAtOnce(tensor, pieceCount: pieceCount) }

  private static func rowsAtOnce(_ tensor: TensorColumns, pieceCount: Int) -> Int {
    max(1, pieceCount / 8 / tensor.count)
  }

  /// Numbers of rows that a worker holds at once.
  private static func bufferCount(_ tensor: TensorColumns, pieceCount: Int) -> Int {
    let longest = max(tensor.shape[0], tensor.count / tensor.shape[0])
    return min(max(pieceCount, longest), rowsAtOnce(tensor, pieceCount: pieceCount) * tensor.count)
  }

  /// ‖WᵀA_m‖²_F of every row [M].
  func terms(workerCount: Int) throws(CheckpointError) -> [Double] {
    let pieces = (0..<rows.rowCount).pieces(of: rowsAtOnce)
    let result = Mutex([Double](repeating: 0, count: rows.rowCount))
    try OrderedWork.run(count: pieces.count, workerCount: workerCount) {
      Buffers(self)
    } process: { buffers, piece throws(CheckpointError) -> [Double] in
      tensor.count <= pieceCount
        ? try small(pieces[piece], buffers) : [try large(pieces[piece].lowerBound, buffers)]
    } commit: { piece, terms in
      result.withLock { $0.replaceSubrange(pieces[piece], with: terms) }
      return nil
    }
    return result.withLock { $0 }
  }

  /// What a worker holds. Lives on one thread.
  private final class Buffers {
    /// Numbers of A, and their products with WWᵀ or WᵀA.
    var values: [Double]
    var images: [Double]

    init(_ flatness: RelativeFlatness) {
      let count = RelativeFlatness.bufferCount(flatness.tensor, pieceCount: flatness.pieceCount)
      values = [Double](repeating: 0, count: count)
      images = [Double](
        repeating: 0, count: flatness.products == nil ? flatness.inputs * flatness.inputs : count)
    }
  }

  /// Of rows that fit a worker's buffer together.
  private func small(_ range: Range<Int>, _ buffers: Buffers) throws(CheckpointError) -> [Double] {
    try read(range, 0..<tensor.count, into: &buffers.values)
    return range.map { index in
      let first = (index - range.lowerBound) * tensor.count
      guard let products else {
        add(0..<outputs, buffers, at: first, isFirst: true)
        return squares(buffers.images)
      }
      return term(products, buffers, at: first, width: inputs)
    }
  }

  /// Of a row that does not: some of its columns, or of its rows, at a time.
  private func large(_ row: Int, _ buffers: Buffers) throws(CheckpointError) -> Double {
    guard let products else {
      for slice in (0..<outputs).pieces(of: max(1, pieceCount / inputs)) {
        try read(
          row..<(row + 1), (slice.lowerBound * inputs)..<(slice.upperBound * inputs), into: &buffers.values)
        add(slice, buffers, at: 0, isFirst: slice.lowerBound == 0)
      }
      return squares(buffers.images)
    }
    var sum = 0.0
    for slice in (0..<inputs).pieces(of: max(1, pieceCount / outputs)) {
      for output in 0..<outputs {
        let columns = (output * inputs + slice.lowerBound)..<(output * inputs + slice.upperBound)
        try read(row..<(row + 1), columns, into: &buffers.values, at: output * slice.count)
      }
      sum += term(products, buffers, at: 0, width: slice.count)
    }
    return sum
  }

  /// Numbers of the tensor's `columns`, without the mean.
  private func read(
    _ range: Range<Int>, _ columns: Range<Int>, into values: inout [Double], at first: Int = 0
  ) throws(CheckpointError) {
    let stored = (columns.lowerBound + tensor.offset)..<(columns.upperBound + tensor.offset)
    var span = values.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      try RowReader.read(
        rows: range, stored, of: rows, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(8 * first)...]))
    }
    guard !mean.isEmpty || exponent != 0 else { return }
    for index in 0..<(range.count * columns.count) {
      var value = values[first + index]
      if !mean.isEmpty { value -= mean[columns.lowerBound + index % columns.count] }
      values[first + index] = exponent == 0 ? value : Double(sign: .plus, exponent: exponent, significand: value)
    }
  }

  /// tr AᵀWWᵀA of the block [outputs, width] at `first`.
  private func term(_ products: Matrix, _ buffers: Buffers, at first: Int, width: Int) -> Double {
    buffers.values.withUnsafeBufferPointer { values in
      buffers.images.withUnsafeMutableBufferPointer { images in
        products.elements.withUnsafeBufferPointer { products in
          let block = values.baseAddress! + first
          Double.product(
            products.baseAddress!, rows: outputs, inner: outputs, block, columns: width, stride: width,
            into: images.baseAddress!, pitch: width)
          return Self.dot(block, images.baseAddress!, outputs * width)
        }
      }
    }
  }

  /// Adds WᵀA of the rows `slice` of both, those of A at `first`, to the images.
  private func add(_ slice: Range<Int>, _ buffers: Buffers, at first: Int, isFirst: Bool) {
    buffers.values.withUnsafeBufferPointer { values in
      buffers.images.withUnsafeMutableBufferPointer { images in
        weights.withUnsafeBufferPointer { weights in
          Double.transposedProduct(
            weights.baseAddress! + slice.lowerBound * inputs, values.baseAddress! + first, rows: slice.count,
            columns: inputs, adding: !isFirst, into: images.baseAddress!)
        }
      }
    }
  }

  private func squares(_ images: [Double]) -> Double {
    images.withUnsafeBufferPointer { Self.dot($0.baseAddress!, $0.baseAddress!, inputs * inputs) }
  }

  /// Σxy, in eight sums side by side.
  private static func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD8<Double>()
    let whole = count / 8 * 8
    for index in stride(from: 0, to: whole, by: 8) {
      let one = UnsafeRawPointer(x + index).loadUnaligned(as: SIMD8<Double>.self)
      let other = UnsafeRawPointer(y + index).loadUnaligned(as: SIMD8<Double>.self)
      sums += one * other
    }
    var sum = sums.sum()
    for index in whole..<count { sum += x[index] * y[index] }
    return sum
  }
}
