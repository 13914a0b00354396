/// What takes the numbers of a row as its tensors are written, in place of a buffer that holds all of them.
protocol RowTarget: AnyObject {
  /// Takes `values` · `factor`, the numbers of tensor `index` of the layout; returns the largest magnitude among them.
  func take(_ values: UnsafeBufferPointer<Float>, of index: Int, times factor: Float) -> Float
}
