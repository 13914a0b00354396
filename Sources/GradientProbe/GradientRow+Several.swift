extension GradientRow {
  /// Copies the numbers of the tensors that follow those written so far, an array each, row-major; throws as
  /// ``append(_:)-([Float])`` does.
  public mutating func append(contentsOf tensors: [[Float]]) throws(CaptureError) {
    for values in tensors { try append(values) }
  }

  /// Copies one array that holds the numbers of `count` equal tensors one after another, such as those of
  /// `[TensorLayout].stacked(_:layers:shape:)`; throws as ``append(_:)-([Float])`` does, and where they cannot be equal.
  public mutating func append(stacked values: [Float], count: Int) throws(CaptureError) {
    guard count > 0, values.count % count == 0 else {
      throw .wrongLength(of: "(stack of \(count))", expected: count, found: values.count, in: source)
    }
    let length = values.count / count
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in
      for index in 0..<count {
        try append(UnsafeBufferPointer(rebasing: values[(index * length)..<((index + 1) * length)]))
      }
    }
  }
}
