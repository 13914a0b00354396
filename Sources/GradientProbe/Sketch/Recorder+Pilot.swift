internal import Checkpoint
internal import Logging

extension Recorder {
  /// Makes the pilot rows of `capture`, whose mean square rows are then divided by: its first factor rows of the best kind, or
  /// where there are no factors, gradients times the root of their minibatch's size.
  func makePilot<Model: Probe>(
    of model: Model, _ factors: FactorSource<Model>, _ batches: some Collection<Model.Batch>, _ capture: Capture
  ) throws {
    let pilot = PilotRows(capture.layout)
    for (index, batch) in batches.enumerated() where !isComplete(pilot) {
      try unlessLeftOut {
        guard let kind = factors.pilotKind else {
          let size = Float(model.batchSize(of: batch))
          return try add(.gradient(minibatch: index), capture.layout, to: pilot) { row in
            row.factor = size.squareRoot()
            _ = try model.gradient(over: batch, into: &row)
          }
        }
        guard capture.hasFactors[index] else { return }
        try factors.forEachRow(of: batch, step: capture.step, minibatch: index) { rowKind, number, fill in
          guard rowKind == kind, !isComplete(pilot) else { return }
          try unlessLeftOut {
            try add(.factor(kind, row: number, minibatch: index), capture.layout, to: pilot, fill)
          }
        }
      }
    }
    try settle(pilot, capture)
  }

  /// Whether `pilot` has as many rows as are asked for.
  func isComplete(_ pilot: PilotRows) -> Bool { sketcher?.options.pilotRows.map { pilot.rowCount >= $0 } ?? false }

  /// Adds to `pilot` a row that `fill` fills.
  func add(
    _ source: RowSource, _ layout: RowLayout, to pilot: PilotRows, _ fill: (inout GradientRow) throws -> Void
  ) throws {
    var row = GradientRow(source, layout: layout, target: pilot, elementType: options.elementType)
    try row.fill(fill)
    pilot.endRow()
  }

  /// Has the rows of `capture` divided by what `pilot` tells.
  func settle(_ pilot: consuming PilotRows, _ capture: Capture) throws(CaptureError) {
    try sketcher?.adopt(pilot)
    capture.checkpoint.header.sketch = sketcher?.header
  }
}
