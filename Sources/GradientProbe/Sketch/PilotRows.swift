internal import Dispatch

/// Pilot rows, of which one vector is kept: √Σ of their squares, and in the end 1/√D̂.
final class PilotRows: RowTarget {
  private let layout: RowLayout
  /// √Σφ², whose range is that of the numbers themselves.
  private var roots: [Float]
  private(set) var rowCount = 0

  init(_ layout: RowLayout) {
    self.layout = layout
    roots = [Float](repeating: 0, count: layout.count)
  }

  func take(_ values: UnsafeBufferPointer<Float>, of index: Int, times factor: Float) -> Float {
    let first = layout.tensors[index].offset
    let largest = values.largestMagnitude(times: factor)
    // A row that is refused leaves nothing that is no number.
    guard largest.isFinite else { return largest }
    roots.withUnsafeMutableBufferPointer { roots in
      // Every piece has places of its own.
      nonisolated(unsafe) let (places, numbers) = (roots.baseAddress! + first, values)
      let (count, length) = (values.count, Self.pieceLength)
      DispatchQueue.concurrentPerform(iterations: (count + length - 1) / length) { piece in
        for index in (piece * length)..<min(count, (piece + 1) * length) {
          let (root, value) = (Double(places[index]), Double(numbers[index] * factor))
          places[index] = Float((root * root + value * value).squareRoot())
        }
      }
    }
    return largest
  }

  private static let pieceLength = 1 << 20

  /// A row is complete.
  func endRow() { rowCount += 1 }

  /// 1/√D̂ of every parameter, 0 where D̂ is 0 or too small for that, and how many are not.
  consuming func inverses() -> (inverses: [Float], liveCount: Int) {
    let scale = Double(rowCount).squareRoot()
    var liveCount = 0
    var inverses: [Float] = []
    swap(&inverses, &roots)
    for index in inverses.indices {
      let inverse = Float(scale / Double(inverses[index]))
      inverses[index] = inverse.isFinite ? inverse : 0
      if inverse.isFinite { liveCount += 1 }
    }
    return (inverses, liveCount)
  }
}
