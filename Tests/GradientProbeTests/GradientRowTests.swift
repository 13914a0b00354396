import Testing

@testable import GradientProbe

@Suite("A row is written once, whole", .tags(.misuse)) struct GradientRowTests {
  let layout: RowLayout
  let source = RowSource.gradient(minibatch: 3)

  init() throws { layout = try RowLayout([TensorLayout("a", shape: [2, 3]), TensorLayout("b", shape: [])]) }

  func row(_ type: ElementType = .float32) -> GradientRow {
    GradientRow(source, layout: layout, numbers: [Float](repeating: .nan, count: 7), elementType: type)
  }

  @Test func byNameInAnyOrderOrOneAfterAnother() throws {
    let numbers: [Float] = [1, 2, 3, 4, 5, 6]
    let last: [Float] = [7]
    var named = row()
    try named.write(last.span, to: "b")
    try numbers.withUnsafeBufferPointer { try named.write($0, to: "a") }
    var ordered = row()
    try ordered.append(numbers)
    try ordered.append(last.span)
    var whole = row()
    try whole.writeAll(numbers + last)
    for numbers in [named.take(), ordered.take(), whole.take()] { #expect(numbers == [1, 2, 3, 4, 5, 6, 7]) }
  }

  @Test func aTensorTwice() throws {
    var row = row()
    try row.write([7], to: "b")
    let error = #expect(throws: CaptureError.self) { try row.write([7], to: "b") }
    #expect(error == .tensorWrittenTwice("b", in: source))
    #expect("\(error!)" == "gradient of minibatch 3: tensor b was written twice")
  }

  @Test func aTensorMissing() throws {
    var row = row()
    try row.write([7], to: "b")
    #expect(throws: CaptureError.tensorMissing("a", in: source)) { try row.completedLayout() }
  }

  @Test(arguments: [0, 5, 7]) func aWrongLength(count: Int) throws {
    var row = row()
    #expect(throws: CaptureError.wrongLength(of: "a", expected: 6, found: count, in: source)) {
      try row.write([Float](repeating: 1, count: count), to: "a")
    }
    #expect(throws: CaptureError.wrongLength(of: "(all together)", expected: 7, found: count + 8, in: source)) {
      try row.writeAll([Float](repeating: 1, count: count + 8))
    }
  }

  @Test func anUnknownNameAndOneTooMany() throws {
    var row = row()
    #expect(throws: CaptureError.unknownTensor("c", in: source)) { try row.write([1], to: "c") }
    try row.append([1, 2, 3, 4, 5, 6])
    try row.append([7])
    #expect(throws: CaptureError.tooManyTensors(count: 2, in: source)) { try row.append([1]) }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN], 0..<7)
  func notFinite(value: Float, place: Int) throws {
    var numbers: [Float] = [1, -2, 3, .greatestFiniteMagnitude, 0, -0, .leastNonzeroMagnitude]
    numbers[place] = value
    var row = row()
    try row.writeAll(numbers)
    #expect(throws: CaptureError.nonFinite(tensor: place < 6 ? "a" : "b", in: source)) { try row.checkNumbers() }
  }

  @Test(arguments: [
    (ElementType.float16, Float(65_519), true), (.float16, -65_520, false), (.bfloat16, 3.389e38, true),
    (.bfloat16, 3.4e38, false), (.float32, .greatestFiniteMagnitude, true),
  ]) func tooLargeForWhatItIsStoredIn(type: ElementType, value: Float, fits: Bool) throws {
    var row = row(type)
    try row.writeAll([1, 2, 3, 4, 5, value, 7])
    if fits {
      try row.checkNumbers()
    } else {
      #expect(throws: CaptureError.tooLarge(tensor: "a", abs(value), type, in: source)) { try row.checkNumbers() }
    }
  }

  @Test func longTensorsAreLookedAtWhole() throws {
    let layout = try RowLayout([TensorLayout("a", shape: [10_000])])
    for place in [0, 4_095, 4_096, 8_191, 9_999] {
      var numbers = [Float](repeating: 1, count: 10_000)
      numbers[place] = .infinity
      var row = GradientRow(source, layout: layout, numbers: numbers, elementType: .float32)
      try row.append(numbers)
      #expect(throws: CaptureError.nonFinite(tensor: "a", in: source)) { try row.checkNumbers() }
    }
  }

  @Test(arguments: [
    [], [TensorLayout("", shape: [1])], [TensorLayout("a", shape: [2, 0])],
    [TensorLayout("a", shape: [1]), TensorLayout("a", shape: [2])],
  ]) func layoutsThatAreNone(tensors: [TensorLayout]) {
    #expect {
      try RowLayout(tensors)
    } throws: { error in
      if case CaptureError.invalidLayout = error { true } else { false }
    }
  }
}
