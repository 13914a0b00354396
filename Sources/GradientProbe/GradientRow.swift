/// One row of P numbers, filled tensor by tensor by a model: each exactly once, by name or in the layout's order.
///
/// Numbers are copied once, straight to where the writer takes them from.
public struct GradientRow: ~Copyable {
  /// Which row it is.
  public let source: RowSource
  private var numbers: [Float]
  private var layout: RowLayout?
  private var written: [Bool]
  private var writtenCount = 0
  /// Tensors of a row that is the first of its kind, and so makes the layout.
  private var discovered: [TensorLayout] = []
  private let elementType: ElementType
  private var fault: CaptureError?
  /// What takes the numbers in place of the buffer.
  private let target: (any RowTarget)?
  /// What every number that is written is multiplied by.
  var factor: Float = 1

  /// A row over `numbers`, P of them, of whatever value, to be stored as `elementType`.
  init(_ source: RowSource, layout: RowLayout, numbers: consuming [Float], elementType: ElementType) {
    precondition(numbers.count == layout.count)
    self.source = source
    self.elementType = elementType
    self.layout = layout
    self.numbers = numbers
    target = nil
    written = [Bool](repeating: false, count: layout.tensors.count)
  }

  /// A row whose numbers `target` takes, to be stored as `elementType` in the end.
  init(_ source: RowSource, layout: RowLayout, target: any RowTarget, elementType: ElementType) {
    self.source = source
    self.elementType = elementType
    self.layout = layout
    self.target = target
    numbers = []
    written = [Bool](repeating: false, count: layout.tensors.count)
  }

  /// A row that takes whatever tensors are written, in that order.
  init(discovering source: RowSource, elementType: ElementType) {
    self.source = source
    self.elementType = elementType
    target = nil
    numbers = []
    written = []
  }

  /// Whether nothing has been written.
  var isUntouched: Bool { writtenCount == 0 }

  /// Copies the numbers of the tensor `name`, row-major.
  ///
  /// Throws where there is no such tensor, where it has been written before and where its length differs.
  public mutating func write(_ values: Span<Float>, to name: String) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try write(values, to: name) }
  }

  /// Copies the numbers of the tensor `name`, row-major; throws as with a span.
  public mutating func write(_ values: [Float], to name: String) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try write(values, to: name) }
  }

  /// Copies the numbers of the tensor `name`, row-major; throws as with a span.
  public mutating func write(_ values: UnsafeBufferPointer<Float>, to name: String) throws(CaptureError) {
    guard let layout else { return try discover(values, as: name) }
    guard let index = layout.index(of: name) else { throw .unknownTensor(name, in: source) }
    try copy(values, to: index, of: layout)
  }

  /// Copies the numbers of the tensor that follows those written so far, row-major; throws as with a name.
  public mutating func append(_ values: Span<Float>) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try append(values) }
  }

  /// Copies the numbers of the tensor that follows those written so far, row-major; throws as with a name.
  public mutating func append(_ values: [Float]) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try append(values) }
  }

  /// Copies the numbers of the tensor that follows those written so far, row-major; throws as with a name.
  public mutating func append(_ values: UnsafeBufferPointer<Float>) throws(CaptureError) {
    guard let layout else { return try discover(values, as: "tensor\(discovered.count)") }
    guard writtenCount < layout.tensors.count else { throw .tooManyTensors(count: layout.tensors.count, in: source) }
    try copy(values, to: writtenCount, of: layout)
  }

  /// Copies all P numbers at once, every tensor in the layout's order; throws as with a name.
  public mutating func writeAll(_ values: Span<Float>) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try writeAll(values) }
  }

  /// Copies all P numbers at once, every tensor in the layout's order; throws as with a name.
  public mutating func writeAll(_ values: [Float]) throws(CaptureError) {
    try values.withUnsafeBufferPointer { (values) throws(CaptureError) in try writeAll(values) }
  }

  /// Copies all P numbers at once, every tensor in the layout's order; throws as with a name.
  public mutating func writeAll(_ values: UnsafeBufferPointer<Float>) throws(CaptureError) {
    guard let layout else { return try discover(values, as: "parameters") }
    guard values.count == layout.count else {
      throw .wrongLength(of: "(all together)", expected: layout.count, found: values.count, in: source)
    }
    for (index, tensor) in layout.tensors.enumerated() {
      try copy(UnsafeBufferPointer(rebasing: values[tensor.range]), to: index, of: layout)
    }
  }

  private mutating func copy(
    _ values: UnsafeBufferPointer<Float>, to index: Int, of layout: RowLayout
  ) throws(CaptureError) {
    let tensor = layout.tensors[index]
    guard !written[index] else { throw .tensorWrittenTwice(tensor.name, in: source) }
    guard values.count == tensor.count else {
      throw .wrongLength(of: tensor.name, expected: tensor.count, found: values.count, in: source)
    }
    let factor = factor
    let largest =
      target?.take(values, of: index, times: factor)
      ?? numbers.withUnsafeMutableBufferPointer { numbers in
        values.copyMeasuring(to: numbers.baseAddress! + tensor.offset, times: factor)
      }
    note(largest, in: tensor.name)
    written[index] = true
    writtenCount += 1
  }

  private mutating func discover(_ values: UnsafeBufferPointer<Float>, as name: String) throws(CaptureError) {
    guard !discovered.contains(where: { $0.name == name }) else { throw .tensorWrittenTwice(name, in: source) }
    let start = numbers.count
    numbers += repeatElement(0, count: values.count)
    let largest = numbers.withUnsafeMutableBufferPointer { numbers in
      values.isEmpty ? 0 : values.copyMeasuring(to: numbers.baseAddress! + start)
    }
    discovered.append(TensorLayout(name, shape: [values.count]))
    note(largest, in: name)
    writtenCount += 1
  }

  private mutating func note(_ largest: Float, in tensor: String) {
    guard fault == nil else { return }
    if !largest.isFinite {
      fault = .nonFinite(tensor: tensor, in: source)
    } else if target == nil, largest >= elementType.overflow {
      fault = .tooLarge(tensor: tensor, largest, elementType, in: source)
    }
  }

  /// The layout that the row follows or has made; throws where a tensor is missing.
  func completedLayout() throws(CaptureError) -> RowLayout {
    guard let layout else { return try RowLayout(discovered) }
    if let index = written.firstIndex(of: false) { throw .tensorMissing(layout.tensors[index].name, in: source) }
    return layout
  }

  /// Throws where a number is not finite, or not once it is stored.
  func checkNumbers() throws(CaptureError) {
    if let fault { throw fault }
  }

  /// The numbers, whatever has been written.
  consuming func take() -> [Float] { numbers }
}
