/// Which sums a pass forms, and for how many rows: what tells the places of their numbers one after another.
struct SumsShape: Hashable, Codable, Sendable {
  var gradientCount: Int
  var factorCount: Int
  var isRaw: Bool
  var hasRawFactors: Bool
  var isWhitened: Bool
  /// Rows of a tile; nil where there is none.
  var tileCount: Int?
  /// Columns that are kept as they stand.
  var keptCount = 0

  var rowCount: Int { gradientCount + factorCount }

  /// What a solve of a tensor needs; with its columns where these are kept.
  func tensor(keptCount: Int) -> SumsShape {
    var shape = self
    shape.hasRawFactors = false
    shape.keptCount = keptCount
    if keptCount > 0 { (shape.isRaw, shape.isWhitened) = (false, false) }
    return shape
  }

  /// How many numbers the sums are.
  var numberCount: Int {
    func triangle(_ count: Int) -> Int { count * (count + 1) / 2 }
    var count = triangle(gradientCount) + ColumnSums.numberCount(gradientCount: gradientCount)
    if isRaw { count += triangle(rowCount) }
    if hasRawFactors { count += triangle(factorCount) }
    if isWhitened { count += triangle(rowCount) }
    if let tileCount { count += tileCount * rowCount + factorCount }
    return count + keptCount * rowCount
  }
}

extension GramRequest {
  /// The sums of all columns; products of factor rows are part of those of all rows.
  var shape: SumsShape {
    let isSquare = tile == nil
    return SumsShape(
      gradientCount: gradientCount, factorCount: factorCount, isRaw: isRaw && isSquare,
      hasRawFactors: hasRawFactors && !isRaw && isSquare, isWhitened: isWhitened && isSquare, tileCount: tile?.count)
  }
}

extension GramSums {
  /// Without what `shape` does not have.
  func reduced(to shape: SumsShape) -> GramSums {
    var sums = self
    if !shape.isRaw { sums.raw = nil }
    if !shape.hasRawFactors { sums.rawFactors = nil }
    if !shape.isWhitened { sums.whitened = nil }
    if shape.keptCount == 0 { sums.columns = nil }
    return sums
  }

  /// All sums one after another, of symmetric matrices the upper triangles by rows.
  var numbers: [Double] {
    var numbers = gradients.upperTriangle
    for matrix in [raw, rawFactors, whitened] {
      if let matrix { numbers += matrix.upperTriangle }
    }
    numbers += tile?.elements ?? []
    numbers += factorSquares
    numbers += columns?.elements ?? []
    return numbers + columnSums.numbers
  }

  /// Sums of `shape` from their ``numbers``, without lower triangles; nil where these are not as many.
  init?(_ shape: SumsShape, numbers: [Double]) {
    guard numbers.count == shape.numberCount else { return nil }
    self.init(shape)
    var next = 0
    func take(_ count: Int) -> ArraySlice<Double> {
      defer { next += count }
      return numbers[next..<(next + count)]
    }
    func fill(_ matrix: inout Matrix) {
      matrix.setUpperTriangle(take(matrix.rowCount * (matrix.rowCount + 1) / 2))
    }
    fill(&gradients)
    if raw != nil { fill(&raw!) }
    if rawFactors != nil { fill(&rawFactors!) }
    if whitened != nil { fill(&whitened!) }
    if let own = tile { tile!.elements = Array(take(own.elements.count)) }
    factorSquares = Array(take(factorSquares.count))
    if shape.keptCount > 0 {
      var kept = Matrix(shape.rowCount, shape.keptCount)
      kept.elements = Array(take(kept.elements.count))
      columns = kept
    }
    columnSums = ColumnSums(numbers: take(numbers.count - next))
  }
}

extension ColumnSums {
  /// How many ``numbers`` there are.
  static func numberCount(gradientCount: Int) -> Int { 3 + squares.count + gradientCount }

  /// All sums one after another.
  fileprivate var numbers: [Double] {
    [Double(liveCount), Double(touchedCount), isOutOfRange ? 1 : 0] + Self.squares.map { self[keyPath: $0] }
      + isNonzero.map { $0 ? 1 : 0 }
  }

  fileprivate init(numbers: ArraySlice<Double>) {
    var rest = numbers
    let counts = (0..<3).map { _ in rest.removeFirst() }
    self.init(gradientCount: rest.count - Self.squares.count)
    liveCount = Int(exactly: counts[0]) ?? 0
    touchedCount = Int(exactly: counts[1]) ?? 0
    isOutOfRange = counts[2] != 0
    for path in Self.squares { self[keyPath: path] = rest.removeFirst() }
    isNonzero = rest.map { $0 != 0 }
  }
}

extension Matrix {
  /// The upper triangle of a square matrix by rows, with the diagonal.
  fileprivate var upperTriangle: [Double] {
    var triangle: [Double] = []
    triangle.reserveCapacity(rowCount * (rowCount + 1) / 2)
    for row in 0..<rowCount { triangle += elements[(row * columnCount + row)..<((row + 1) * columnCount)] }
    return triangle
  }

  fileprivate mutating func setUpperTriangle(_ triangle: ArraySlice<Double>) {
    var next = triangle.startIndex
    for row in 0..<rowCount {
      let count = columnCount - row
      elements.replaceSubrange(
        (row * columnCount + row)..<((row + 1) * columnCount), with: triangle[next..<(next + count)])
      next += count
    }
  }
}
