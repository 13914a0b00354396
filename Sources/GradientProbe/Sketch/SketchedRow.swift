internal import Checkpoint

/// A row that is sketched while its tensors are written.
final class SketchedRow: RowTarget {
  private let sketch: CountSketch
  private let inverses: [Float]
  private(set) var squares = RowSquares()
  /// [k], of the row as it is; nil for factors, which are whitened alone.
  private var raw: [Float]?
  /// [k], of the row divided by √D̂.
  private var whitened: [Float]

  /// A row over buffers of k numbers, of whatever value.
  init(_ sketch: CountSketch, inverses: [Float], raw: consuming [Float]?, whitened: consuming [Float]) {
    self.sketch = sketch
    self.inverses = inverses
    self.raw = raw
    self.whitened = whitened
  }

  func take(_ values: UnsafeBufferPointer<Float>, of index: Int, times factor: Float) -> Float {
    let (own, largest) = inverses.withUnsafeBufferPointer { inverses in
      whitened.withUnsafeMutableBufferPointer { whitened in
        func add(_ raw: UnsafeMutablePointer<Float>?) -> (squares: RowSquares, largest: Float) {
          sketch.add(
            values, of: index, times: factor, inverses: inverses.baseAddress!, raw: raw, whitened: whitened.baseAddress!
          )
        }
        guard raw != nil else { return add(nil) }
        return raw!.withUnsafeMutableBufferPointer { add($0.baseAddress!) }
      }
    }
    squares.raw += own.raw
    squares.whitened += own.whitened
    squares.outsidePilot += own.outsidePilot
    return largest
  }

  /// Throws where a sum is too large for `type`.
  func check(for type: ElementType, in source: RowSource) throws(CaptureError) {
    for sums in [raw, whitened].compactMap(\.self) {
      let largest = sums.withUnsafeBufferPointer { $0.largestMagnitude() }
      guard largest.isFinite else { throw .nonFinite(tensor: "(its sketch)", in: source) }
      guard largest < type.overflow else { throw .tooLarge(tensor: "(its sketch)", largest, type, in: source) }
    }
  }

  /// The buffers.
  func takeBuffers() -> (raw: [Float]?, whitened: [Float]) {
    defer { (raw, whitened) = (nil, []) }
    return (raw, whitened)
  }
}
