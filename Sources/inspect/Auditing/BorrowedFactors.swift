internal import Checkpoint
internal import Regret

/// The Fisher's factors of another checkpoint file at the same θ.
struct BorrowedFactors {
  let rows: [FactorRows]
  /// Whether the other file's minibatches are this one's, so that its ids can be used.
  let hasSameMinibatches: Bool

  /// The factors in `file` for `checkpoint`. Throws where θ or the tensors are not the same.
  init(from file: String, for checkpoint: OpenCheckpoint) throws(CheckpointError) {
    let other = try openCheckpoint(file)
    func refuse(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: "--factors", reason: reason))
    }
    let own = checkpoint.description
    guard !other.description.factors.isEmpty else { throw refuse("it holds no factors") }
    guard Set(own.tensors) == Set(other.description.tensors) else {
      throw refuse("its tensors are not those of \(checkpoint.path)")
    }
    if let fault = Self.sketchFault(own, other.description, than: checkpoint.path) {
      throw refuse(fault)
    }
    let isSameStep = own.run == other.description.run && own.step == other.description.step && !own.run.isEmpty
    switch try Self.areParametersEqual(checkpoint, other) {
    case true?: break
    case false?: throw refuse("its parameters are not those of \(checkpoint.path)")
    case nil where isSameStep: break
    case nil:
      throw refuse(
        "it is of another run or step than \(checkpoint.path), and not both files hold parameters to compare")
    }
    let isSame = own.batchSizes == other.description.batchSizes && own.losses == other.description.losses
    hasSameMinibatches = isSame
    rows = try other.description.factors.map { (stored) throws(CheckpointError) in
      var rows = FactorRows(
        kind: stored.kind, rows: try other.blocks(stored.matrix), minibatches: isSame ? stored.minibatches : nil)
      rows.squares = other.description.sketch?.squares.factors[stored.kind]
      return rows
    }
  }

  /// Why rows that are sketched as `other` tells are no factors for those of `own`; nil where they are.
  private static func sketchFault(
    _ own: CheckpointDescription, _ other: CheckpointDescription, than path: String
  ) -> String? {
    let tensors = (own.tensors, other.tensors)
    switch (own.sketch?.header, other.sketch?.header) {
    case (nil, nil): return nil
    case (_?, nil): return "its rows are whole, and those of \(path) are sketched"
    case (nil, _?): return "its rows are sketched, and those of \(path) are whole"
    case (let own?, let other?):
      if own.seed != other.seed { return "its sketch has seed \(other.seed), and that of \(path) \(own.seed)" }
      if Set(own.columns(of: tensors.0)) != Set(other.columns(of: tensors.1)) {
        return
          "its sketch has \(other.columnCount) columns, or others of its tensors, unlike the \(own.columnCount) of \(path)"
      }
      guard own.pilot == other.pilot else {
        return "its rows were divided by what other pilot rows tell than those of \(path)"
      }
      return nil
    }
  }

  /// Whether θ is the same but for rounding to the coarser of both element types; nil where one file does not hold it.
  private static func areParametersEqual(
    _ first: OpenCheckpoint, _ second: OpenCheckpoint
  ) throws(CheckpointError) -> Bool? {
    guard let one = first.description.parameters, let two = second.description.parameters else { return nil }
    guard one.columnCount == two.columnCount else { return false }
    let rounding = max(one.elementType.rounding, two.elementType.rounding)
    let (a, b) = (try first.blocks(one), try second.blocks(two))
    var start = 0
    while start < one.columnCount {
      let columns = start..<min(one.columnCount, start + 65_536)
      let (x, y) = (try numbers(a, columns), try numbers(b, columns))
      for (left, right) in zip(x, y) where abs(left - right) > rounding * max(abs(left), abs(right)) + 1e-30 {
        return false
      }
      start = columns.upperBound
    }
    return true
  }

  private static func numbers(_ rows: any ColumnBlocks, _ columns: Range<Int>) throws(CheckpointError) -> [Double] {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: columns.count * 8, alignment: 8)
    defer { bytes.deallocate() }
    let size = columns.count * rows.elementType.byteCount
    var target = MutableRawSpan(
      _unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[(bytes.count - size)...]))
    try rows.copy(rows: 0..<1, columns: columns, to: &target, rowStride: size)
    rows.elementType.widen(columns.count, in: bytes, to: Double.self)
    return Array(bytes.bindMemory(to: Double.self))
  }
}

extension ElementType {
  /// Relative distance of neighbouring numbers.
  fileprivate var rounding: Double {
    switch self {
    case .float64, .float32: 0x1p-22
    case .float16: 0x1p-9
    case .bfloat16: 0x1p-6
    }
  }
}
