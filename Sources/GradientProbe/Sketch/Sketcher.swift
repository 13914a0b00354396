internal import Checkpoint

/// What a recorder keeps of its sketch: where numbers go, and 1/√D̂ of the checkpoint under way.
struct Sketcher {
  let options: Sketch
  let sketch: CountSketch
  private(set) var inverses: [Float] = []
  private(set) var liveCount: Int
  private let pilotKind: FisherKind
  private(set) var pilotRowCount: Int
  private let fileWidths: [Int]

  /// The sketch of rows of `layout`; `kind` is that of pilot rows.
  init(_ options: Sketch, _ layout: RowLayout, rankCount: Int, kind: FisherKind) throws(CaptureError) {
    let widths = try options.widths(of: layout.tensors.map(\.count), rankCount: rankCount)
    let own = Dictionary(uniqueKeysWithValues: zip(layout.tensors.map(\.name), widths))
    self.options = options
    sketch = CountSketch(layout, widths: widths, seed: options.seed)
    fileWidths = layout.fileTensors.map { own[$0.name] ?? 0 }
    liveCount = layout.count
    pilotKind = kind
    pilotRowCount = options.pilotRows ?? 1
  }

  /// Takes D̂ from `pilot`. Throws where that is 0.
  mutating func adopt(_ pilot: consuming PilotRows) throws(CaptureError) {
    pilotRowCount = pilot.rowCount
    inverses = []
    (inverses, liveCount) = pilot.inverses()
    guard liveCount > 0 else {
      throw .invalidSketch("the \(pilotRowCount) pilot rows are all zero, and rows are divided by their mean square")
    }
  }

  /// Lets D̂ go, which takes as much memory as the model.
  mutating func forgetPilot() { inverses = [] }

  /// What a file tells of it.
  var header: SketchHeader {
    SketchHeader(
      seed: options.seed, pilotKind: pilotKind, pilotRowCount: pilotRowCount, pilot: "", liveCount: liveCount,
      widths: fileWidths)
  }

  /// A row over buffers of k numbers.
  func row(raw: consuming [Float]?, whitened: consuming [Float]) -> SketchedRow {
    SketchedRow(sketch, inverses: inverses, raw: raw, whitened: whitened)
  }
}
