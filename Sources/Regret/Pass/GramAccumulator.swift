/// Sums of blocks of columns together with what rounding left of them, so that the end result does not depend on the order
/// in which they were added up, or on which process did so. (Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen, ZAMM 54, 1974)
///
/// With u = 2⁻⁵³ and n blocks the error is u·|sum| + n²u²·Σ|terms|: to the last bit the same in all but one of 10¹² cases.
struct GramAccumulator: Sendable {
  /// The sums so far.
  private var sums: GramSums
  /// What they lack: matrices and sums of squares of the same shape.
  private var rest: GramSums

  /// No columns.
  init(_ shape: SumsShape) {
    sums = GramSums(shape)
    rest = GramSums(shape)
  }

  /// Adds a block's sums; lower triangles stay 0.
  mutating func add<Scalar: WorkingScalar>(_ block: BlockSums<Scalar>) {
    sums.gradients.accumulate(upperTriangle: block.gradients, &rest.gradients)
    if let raw = block.raw { sums.raw!.accumulate(upperTriangle: raw, &rest.raw!) }
    if let rawFactors = block.rawFactors { sums.rawFactors!.accumulate(upperTriangle: rawFactors, &rest.rawFactors!) }
    if let whitened = block.whitened { sums.whitened!.accumulate(upperTriangle: whitened, &rest.whitened!) }
    if let tile = block.tile { sums.tile!.accumulate(tile, &rest.tile!) }
    sums.factorSquares.accumulate(block.factorSquares, &rest.factorSquares)
    if let columns = block.columns { sums.columns = columns }
    sums.columnSums.accumulate(block.columnSums, &rest.columnSums)
  }

  /// Adds the sums of other columns; those that are kept as they stand lie in one block.
  mutating func add(_ other: GramAccumulator) {
    sums.gradients.accumulate(upperTriangle: other.sums.gradients, other.rest.gradients, &rest.gradients)
    if let raw = other.sums.raw { sums.raw!.accumulate(upperTriangle: raw, other.rest.raw!, &rest.raw!) }
    if let rawFactors = other.sums.rawFactors {
      sums.rawFactors!.accumulate(upperTriangle: rawFactors, other.rest.rawFactors!, &rest.rawFactors!)
    }
    if let whitened = other.sums.whitened {
      sums.whitened!.accumulate(upperTriangle: whitened, other.rest.whitened!, &rest.whitened!)
    }
    if let tile = other.sums.tile {
      sums.tile!.accumulate(tile.elements, &rest.tile!)
      rest.tile!.add(other.rest.tile!)
    }
    sums.factorSquares.accumulate(other.sums.factorSquares, &rest.factorSquares)
    for row in rest.factorSquares.indices { rest.factorSquares[row] += other.rest.factorSquares[row] }
    sums.columnSums.accumulate(other.sums.columnSums, &rest.columnSums)
    rest.columnSums.addSquares(other.rest.columnSums)
  }

  /// Whether some product left the range of the working precision, or met a value that is not finite.
  var isOutOfRange: Bool { sums.columnSums.isOutOfRange }

  /// Columns that are kept as they stand.
  var keptCount: Int { sums.columns?.columnCount ?? 0 }

  /// The sums, rounded once, without lower triangles.
  var value: GramSums {
    var value = sums
    value.gradients.add(rest.gradients)
    value.raw.add(rest.raw)
    value.rawFactors.add(rest.rawFactors)
    value.whitened.add(rest.whitened)
    value.tile.add(rest.tile)
    for row in rest.factorSquares.indices { value.factorSquares[row] += rest.factorSquares[row] }
    value.columnSums.addSquares(rest.columnSums)
    return value
  }

  /// All that it holds, one number after another: sums of `shape`, and what they lack.
  func numbers(_ shape: SumsShape) -> [Double] {
    sums.reduced(to: shape).numbers + rest.reduced(to: shape.rest).numbers
  }

  /// Sums of `shape` from their numbers; nil where these are not as many.
  init?(_ shape: SumsShape, numbers: [Double]) {
    let count = shape.numberCount
    guard numbers.count == Self.numberCount(shape), let sums = GramSums(shape, numbers: Array(numbers[..<count])),
      let rest = GramSums(shape.rest, numbers: Array(numbers[count...]))
    else { return nil }
    self.sums = sums
    self.rest = rest
  }

  /// How many numbers it holds.
  static func numberCount(_ shape: SumsShape) -> Int { shape.numberCount + shape.rest.numberCount }
}

extension SumsShape {
  /// What rounding leaves: nothing of columns that are kept.
  fileprivate var rest: SumsShape {
    var shape = self
    shape.keptCount = 0
    return shape
  }
}

/// Sums of matrices, as ``GramAccumulator`` makes them.
struct MatrixAccumulator: Sendable {
  private var sum: Matrix
  private var rest: Matrix

  init(_ rowCount: Int, _ columnCount: Int) {
    sum = Matrix(rowCount, columnCount)
    rest = sum
  }

  /// Adds a matrix of the same extents.
  mutating func add<Scalar: WorkingScalar>(_ elements: [Scalar]) { sum.accumulate(elements, &rest) }

  /// Adds another's terms.
  mutating func add(_ other: MatrixAccumulator) {
    sum.accumulate(other.sum.elements, &rest)
    rest.add(other.rest)
  }

  /// All that it holds.
  var numbers: [Double] { sum.elements + rest.elements }

  /// Sums of these extents from their numbers; nil where these are not as many.
  init?(_ rowCount: Int, _ columnCount: Int, numbers: [Double]) {
    let count = rowCount * columnCount
    guard numbers.count == 2 * count else { return nil }
    self.init(rowCount, columnCount)
    sum.elements = Array(numbers[..<count])
    rest.elements = Array(numbers[count...])
  }

  /// The sum, rounded once.
  var value: Matrix { sum + rest }
}

extension Matrix {
  /// Adds the upper triangle of `terms`, and to `rest` what rounding takes off.
  fileprivate mutating func accumulate<Scalar: WorkingScalar>(upperTriangle terms: [Scalar], _ rest: inout Matrix) {
    let count = rowCount
    elements.withUnsafeMutableBufferPointer { sums in
      rest.elements.withUnsafeMutableBufferPointer { rest in
        terms.withUnsafeBufferPointer { terms in
          for row in 0..<count {
            let base = row * count
            for index in (base + row)..<(base + count) { addExactly(Double(terms[index]), &sums[index], &rest[index]) }
          }
        }
      }
    }
  }

  /// Adds the upper triangles of a sum and of what it lacks.
  fileprivate mutating func accumulate(upperTriangle sum: Matrix, _ lack: Matrix, _ rest: inout Matrix) {
    let count = rowCount
    elements.withUnsafeMutableBufferPointer { sums in
      rest.elements.withUnsafeMutableBufferPointer { rest in
        sum.elements.withUnsafeBufferPointer { terms in
          lack.elements.withUnsafeBufferPointer { lack in
            for row in 0..<count {
              let base = row * count
              for index in (base + row)..<(base + count) {
                addExactly(terms[index], &sums[index], &rest[index])
                rest[index] += lack[index]
              }
            }
          }
        }
      }
    }
  }

  /// Adds all of `terms`, and to `rest` what rounding takes off.
  fileprivate mutating func accumulate<Scalar: WorkingScalar>(_ terms: [Scalar], _ rest: inout Matrix) {
    elements.accumulate(terms, &rest.elements)
  }
}

extension [Double] {
  fileprivate mutating func accumulate<Scalar: WorkingScalar>(_ terms: [Scalar], _ rest: inout [Double]) {
    let count = count
    withUnsafeMutableBufferPointer { sums in
      rest.withUnsafeMutableBufferPointer { rest in
        terms.withUnsafeBufferPointer { terms in
          for index in 0..<count { addExactly(Double(terms[index]), &sums[index], &rest[index]) }
        }
      }
    }
  }
}

extension ColumnSums {
  /// Adds the sums of other columns, and to `rest` what rounding takes off.
  fileprivate mutating func accumulate(_ other: ColumnSums, _ rest: inout ColumnSums) {
    for path in Self.squares { addExactly(other[keyPath: path], &self[keyPath: path], &rest[keyPath: path]) }
    liveCount += other.liveCount
    touchedCount += other.touchedCount
    for row in isNonzero.indices where other.isNonzero[row] { isNonzero[row] = true }
    isOutOfRange = isOutOfRange || other.isOutOfRange
  }

  /// Adds `other`'s sums of squares alone.
  fileprivate mutating func addSquares(_ other: ColumnSums) {
    for path in Self.squares { self[keyPath: path] += other[keyPath: path] }
  }
}
