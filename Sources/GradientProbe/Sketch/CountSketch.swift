internal import Checkpoint
internal import Checksum
internal import Dispatch

/// Which sum each number of a row is added to, and with which sign.
///
/// Of a tensor with seed s = `seed` ⊕ XXH3-64(name) and k columns, parameter i gets half of the number ⌊i/2⌋ of
/// SplitMix64(s), the lower 32 bits where i is even: h. Its sign is minus where bit 31 of h is set, its column ⌊k·(h mod 2³¹)/2³¹⌋.
/// Nothing is stored, and any process makes the same. (Charikar, Chen and Farach-Colton 2002)
struct CountSketch: Sendable {
  /// A tensor, or the part of one that a rank holds.
  struct Part: Sendable {
    /// Of SplitMix64.
    let seed: UInt64
    /// The tensor's index of the part's first number.
    let start: Int
    /// Numbers of the part, and where they stand in a row.
    let columns: Range<Int>
    /// Its sums, and where they stand in a sketched row.
    let buckets: Range<Int>

    /// Whether every number has a column of its own.
    var isWhole: Bool { columns.count == buckets.count }
  }

  let parts: [Part]
  /// k
  var columnCount: Int { parts.last?.buckets.upperBound ?? 0 }

  /// The sketch of rows of `layout` in which each tensor has `widths` columns.
  init(_ layout: RowLayout, widths: [Int], seed: UInt64) {
    let offsets = Dictionary(uniqueKeysWithValues: layout.fileTensors.map { ($0.name, $0.offset) })
    var next = 0
    parts = zip(layout.tensors, widths).map { tensor, width in
      defer { next += width }
      let name = Array(tensor.name.utf8).withUnsafeBytes { Hash.value(of: $0) }
      return Part(
        seed: seed ^ name, start: max(0, layout.columns.lowerBound - (offsets[tensor.name] ?? 0)),
        columns: tensor.range,
        buckets: next..<(next + width))
    }
  }

  /// Adds `values` · `factor`, the numbers of part `index`, to `raw`, and times `inverses` to `whitened`, both of all
  /// columns. Returns their squares and the largest magnitude.
  ///
  /// Large parts are shared out among processors in pieces that do not depend on their number, nor do the sums.
  func add(
    _ values: UnsafeBufferPointer<Float>, of index: Int, times factor: Float, inverses: UnsafePointer<Float>,
    raw: UnsafeMutablePointer<Float>?, whitened: UnsafeMutablePointer<Float>
  ) -> (squares: RowSquares, largest: Float) {
    let part = parts[index]
    let source = SketchSource(
      values: values.baseAddress!, factor: factor, inverses: inverses + part.columns.lowerBound)
    let (raw, whitened) = (raw.map { $0 + part.buckets.lowerBound }, whitened + part.buckets.lowerBound)
    if part.isWhole {
      return source.copy(values.count, raw: raw, whitened: whitened)
    }
    let count = Self.pieceCount(values.count, width: part.buckets.count)
    // Two numbers share one of the generator's.
    let length = (values.count / count + 2) / 2 * 2
    let pieces = (0..<count).map { piece in
      min(values.count, piece * length)..<(piece + 1 == count ? values.count : min(values.count, (piece + 1) * length))
    }
    let width = part.buckets.count
    let sums = UnsafeMutablePointer<SIMD2<Float>>.allocate(capacity: width * count)
    let results = UnsafeMutablePointer<(squares: RowSquares, largest: Float)>.allocate(capacity: count)
    defer {
      sums.deallocate()
      results.deallocate()
    }
    // Every piece writes to its own places alone.
    nonisolated(unsafe) let (places, ends) = (sums, results)
    DispatchQueue.concurrentPerform(iterations: count) { piece in
      let own = places + piece * width
      own.initialize(repeating: .zero, count: width)
      let range = pieces[piece]
      (ends + piece).initialize(
        to: source.add(
          range, start: part.start, seed: part.seed, width: width, into: own))
    }
    for bucket in 0..<width {
      var sum = SIMD2<Float>.zero
      for piece in 0..<count { sum += sums[piece * width + bucket] }
      raw?[bucket] = sum.x
      whitened[bucket] = sum.y
    }
    var (squares, largest) = (RowSquares(), Int32(0))
    for piece in 0..<count {
      squares.raw += results[piece].squares.raw
      squares.whitened += results[piece].squares.whitened
      squares.outsidePilot += results[piece].squares.outsidePilot
      largest = max(largest, Int32(bitPattern: results[piece].largest.bitPattern))
    }
    return (squares, Float(bitPattern: UInt32(bitPattern: largest)))
  }

  /// Pieces of a tensor of `count` numbers: as many as pay, whose sums take a quarter of its room at most.
  static func pieceCount(_ count: Int, width: Int) -> Int {
    max(1, min(16, count / (4 * width), count >> 18))
  }
}

/// Numbers of a part of a row, on their way into a sketch.
private struct SketchSource: @unchecked Sendable {
  // Only read, while the caller holds what they point to.
  let values: UnsafePointer<Float>
  let factor: Float
  let inverses: UnsafePointer<Float>

  /// Copies `count` numbers.
  func copy(
    _ count: Int, raw: UnsafeMutablePointer<Float>?, whitened: UnsafeMutablePointer<Float>
  ) -> (squares: RowSquares, largest: Float) {
    for index in 0..<count {
      let value = values[index] * factor
      raw?[index] = value
      whitened[index] = value * inverses[index]
    }
    return measure(0..<count)
  }

  /// Adds the numbers `range` to `sums`, (raw, whitened) each.
  func add(
    _ range: Range<Int>, start: Int, seed: UInt64, width: Int, into sums: UnsafeMutablePointer<SIMD2<Float>>
  ) -> (squares: RowSquares, largest: Float) {
    let scale = UInt64(width)
    func put(_ index: Int, _ hash: UInt32) {
      let value = values[index] * factor
      let sign = hash & 0x8000_0000
      let bucket = Int(truncatingIfNeeded: (UInt64(hash & 0x7fff_ffff) &* scale) &>> 31)
      sums[bucket] += SIMD2(
        Float(bitPattern: value.bitPattern ^ sign), Float(bitPattern: (value * inverses[index]).bitPattern ^ sign))
    }
    var index = range.lowerBound
    let end = range.upperBound
    if index < end, !(start + index).isMultiple(of: 2) {
      put(index, UInt32(truncatingIfNeeded: SplitMix64.number((start + index) / 2, seed: seed) >> 32))
      index += 1
    }
    var number = (start + index) / 2
    while index + 1 < end {
      let hash = SplitMix64.number(number, seed: seed)
      put(index, UInt32(truncatingIfNeeded: hash))
      put(index + 1, UInt32(truncatingIfNeeded: hash >> 32))
      index += 2
      number += 1
    }
    if index < end { put(index, UInt32(truncatingIfNeeded: SplitMix64.number(number, seed: seed))) }
    return measure(range)
  }

  /// Squares and the largest magnitude of the numbers `range`.
  private func measure(_ range: Range<Int>) -> (squares: RowSquares, largest: Float) {
    var (raw, whitened, outside) = (SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero)
    var largest = SIMD8<Int32>.zero
    var index = range.lowerBound
    func measure(_ value: SIMD8<Float>, _ inverse: SIMD8<Float>) {
      let wide = SIMD8<Double>(value)
      raw += wide * wide
      let dead = SIMD8<Double>(value.replacing(with: 0, where: inverse .!= 0))
      outside += dead * dead
      let white = SIMD8<Double>(value * inverse)
      whitened += white * white
      let bits = unsafeBitCast(value, to: SIMD8<UInt32>.self) & 0x7fff_ffff
      let magnitude = SIMD8<Int32>(truncatingIfNeeded: bits)
      largest.replace(with: magnitude, where: magnitude .> largest)
    }
    while index + 8 <= range.upperBound {
      let value = UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self) * factor
      measure(value, UnsafeRawPointer(inverses + index).loadUnaligned(as: SIMD8<Float>.self))
      index += 8
    }
    var (value, inverse) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    for (lane, place) in (index..<range.upperBound).enumerated() {
      value[lane] = values[place] * factor
      inverse[lane] = inverses[place]
    }
    measure(value, inverse)
    return (
      RowSquares(raw: raw.sum(), whitened: whitened.sum(), outsidePilot: outside.sum()),
      Float(bitPattern: UInt32(bitPattern: largest.max()))
    )
  }
}
