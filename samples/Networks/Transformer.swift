public import Checkpoint

/// A small decoder-only transformer: tokens and positions embedded, for each layer causal self-attention and a dense part with
/// ReLU, both behind a root-mean-square norm, and logits through the embedding itself, which is tied.
public struct Transformer<Scalar: NetworkScalar>: Sendable {
  /// Number of different tokens V.
  public let vocabulary: Int
  /// Tokens of a sequence T.
  public let length: Int
  /// Numbers of a token's vector d.
  public let width: Int
  /// Heads of attention, which share out the width.
  public let headCount: Int
  /// Layers.
  public let layerCount: Int
  /// θ, in the order of ``tensors``.
  public var parameters: [Scalar]
  private let places: [String: Range<Int>]

  /// A transformer with normal weights of variance 1/inputs.
  public init(
    vocabulary: Int, length: Int, width: Int, headCount: Int, layerCount: Int, using generator: inout SplitMix64
  ) {
    precondition(width.isMultiple(of: headCount), "heads share out the width")
    self.vocabulary = vocabulary
    self.length = length
    self.width = width
    self.headCount = headCount
    self.layerCount = layerCount
    let columns = Self.tensors(vocabulary, length, width, layerCount).columns
    places = Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.range) })
    parameters = columns.flatMap { tensor in
      let deviation = 1 / Double(tensor.shape[1]).squareRoot()
      return (0..<tensor.count).map { _ in Scalar(deviation * generator.normal()) }
    }
  }

  /// Names and shapes of the parameter tensors in the order of θ.
  public var tensors: [TensorLayout] { Self.tensors(vocabulary, length, width, layerCount) }

  private static func tensors(_ vocabulary: Int, _ length: Int, _ width: Int, _ layerCount: Int) -> [TensorLayout] {
    let (square, up, down) = ([width, width], [4 * width, width], [width, 4 * width])
    return [TensorLayout("embedding", shape: [vocabulary, width]), TensorLayout("position", shape: [length, width])]
      + (0..<layerCount).flatMap { layer in
        [("query", square), ("key", square), ("value", square), ("output", square), ("up", up), ("down", down)]
          .map { TensorLayout("layer\(layer).\($0.0)", shape: $0.1) }
      }
  }

  /// What a forward pass of one sequence leaves for the backward one.
  struct Pass: Sendable {
    var tokens: [Int]
    var layers: [LayerPass] = []
    var last = Normalized()
    /// [T, V]
    var logits: [Scalar] = []
  }

  struct LayerPass: Sendable {
    var first = Normalized()
    var query: [Scalar] = []
    var key: [Scalar] = []
    var value: [Scalar] = []
    /// [heads, T, T]
    var attention: [Scalar] = []
    var mixed: [Scalar] = []
    var second = Normalized()
    var hidden: [Scalar] = []
  }

  /// y = x/r, r the root of the mean square of x and a little.
  struct Normalized: Sendable {
    var values: [Scalar] = []
    var roots: [Scalar] = []
  }
}

extension Transformer {
  /// Logits [T, V] of what follows each of `tokens`, T of them at most, one sequence after another; with what ``pullback(_:through:)``
  /// takes.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func forward(_ sequences: [[Int]]) -> TransformerPass<Scalar> {
    TransformerPass(passes: sequences.map(pass))
  }

  private func pass(_ tokens: [Int]) -> Pass {
    let count = tokens.count
    precondition(count <= length, "a sequence is too long")
    var pass = Pass(tokens: tokens)
    var x = [Scalar](repeating: 0, count: count * width)
    let (embedding, position) = (places["embedding"]!.lowerBound, places["position"]!.lowerBound)
    for (index, token) in tokens.enumerated() {
      for column in 0..<width {
        x[index * width + column] =
          parameters[embedding + token * width + column] + parameters[position + index * width + column]
      }
    }
    for layer in 0..<layerCount {
      var own = LayerPass()
      own.first = normalized(x)
      own.query = times(own.first.values, "layer\(layer).query", count)
      own.key = times(own.first.values, "layer\(layer).key", count)
      own.value = times(own.first.values, "layer\(layer).value", count)
      (own.attention, own.mixed) = attend(own, count)
      add(times(own.mixed, "layer\(layer).output", count), to: &x)
      own.second = normalized(x)
      own.hidden = times(own.second.values, "layer\(layer).up", count).map { max(0, $0) }
      add(times(own.hidden, "layer\(layer).down", count), to: &x)
      pass.layers.append(own)
    }
    pass.last = normalized(x)
    pass.logits = times(pass.last.values, "embedding", count)
    return pass
  }

  /// Jᵀ`cotangent` [P] of the logits' cotangent, as many numbers as logits.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func pullback(_ cotangent: [Scalar], through pass: TransformerPass<Scalar>) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: parameters.count)
    var first = 0
    for one in pass.passes {
      add(Array(cotangent[first..<(first + one.logits.count)]), one, to: &gradient)
      first += one.logits.count
    }
    return gradient
  }

  private func add(_ cotangent: [Scalar], _ pass: Pass, to gradient: inout [Scalar]) {
    let count = pass.tokens.count
    var dx = back(
      pass.last, backward(cotangent, pass.last.values, "embedding", count, &gradient))
    for layer in (0..<layerCount).reversed() {
      let own = pass.layers[layer]
      var hidden = backward(dx, own.hidden, "layer\(layer).down", count, &gradient)
      for index in hidden.indices where own.hidden[index] <= 0 { hidden[index] = 0 }
      add(back(own.second, backward(hidden, own.second.values, "layer\(layer).up", count, &gradient)), to: &dx)
      let mixed = backward(dx, own.mixed, "layer\(layer).output", count, &gradient)
      let (query, key, value) = attendBack(own, mixed, count)
      var inner = backward(query, own.first.values, "layer\(layer).query", count, &gradient)
      add(backward(key, own.first.values, "layer\(layer).key", count, &gradient), to: &inner)
      add(backward(value, own.first.values, "layer\(layer).value", count, &gradient), to: &inner)
      add(back(own.first, inner), to: &dx)
    }
    let (embedding, position) = (places["embedding"]!.lowerBound, places["position"]!.lowerBound)
    for (index, token) in pass.tokens.enumerated() {
      for column in 0..<width {
        gradient[embedding + token * width + column] += dx[index * width + column]
        gradient[position + index * width + column] += dx[index * width + column]
      }
    }
  }

  /// x·Wᵀ of `count` rows.
  private func times(_ x: [Scalar], _ name: String, _ count: Int) -> [Scalar] {
    let inner = x.count / count
    let rows = places[name]!.count / inner
    var result = [Scalar](repeating: 0, count: count * rows)
    parameters.withUnsafeBufferPointer { parameters in
      Scalar.multiply(
        x, transposed: false, parameters.baseAddress! + places[name]!.lowerBound, transposed: true, into: &result,
        rows: count, columns: rows, inner: inner, keeping: 0)
    }
    return result
  }

  /// dy·W, the cotangent of x; adds dyᵀ·x to W's gradient.
  private func backward(
    _ dy: [Scalar], _ x: [Scalar], _ name: String, _ count: Int, _ gradient: inout [Scalar]
  ) -> [Scalar] {
    let (rows, inner) = (dy.count / count, x.count / count)
    var result = [Scalar](repeating: 0, count: count * inner)
    let start = places[name]!.lowerBound
    gradient.withUnsafeMutableBufferPointer { gradient in
      Scalar.multiply(
        dy, transposed: true, x, transposed: false, into: gradient.baseAddress! + start, rows: rows, columns: inner,
        inner: count, keeping: 1)
    }
    parameters.withUnsafeBufferPointer { parameters in
      Scalar.multiply(
        dy, transposed: false, parameters.baseAddress! + start, transposed: false, into: &result, rows: count,
        columns: inner, inner: rows, keeping: 0)
    }
    return result
  }

  private func add(_ other: [Scalar], to x: inout [Scalar]) {
    for index in x.indices { x[index] += other[index] }
  }

  private func normalized(_ x: [Scalar]) -> Normalized {
    var result = Normalized(values: x)
    for start in stride(from: 0, to: x.count, by: width) {
      var square: Scalar = 0
      for index in start..<(start + width) { square += x[index] * x[index] }
      let root = (square / Scalar(width) + Scalar(1e-5)).squareRoot()
      result.roots.append(root)
      for index in start..<(start + width) { result.values[index] /= root }
    }
    return result
  }

  /// (dy − y·mean(dy·y))/r
  private func back(_ y: Normalized, _ dy: [Scalar]) -> [Scalar] {
    var result = dy
    for (row, root) in y.roots.enumerated() {
      let range = (row * width)..<((row + 1) * width)
      var product: Scalar = 0
      for index in range { product += dy[index] * y.values[index] }
      product /= Scalar(width)
      for index in range { result[index] = (dy[index] - y.values[index] * product) / root }
    }
    return result
  }

  private var headWidth: Int { width / headCount }

  /// Shares of the tokens before each one, and the values that they make.
  private func attend(_ pass: LayerPass, _ count: Int) -> ([Scalar], [Scalar]) {
    var shares = [Scalar](repeating: 0, count: headCount * count * count)
    var mixed = [Scalar](repeating: 0, count: count * width)
    let scale = 1 / Scalar(headWidth).squareRoot()
    for head in 0..<headCount {
      for row in 0..<count {
        let first = (head * count + row) * count
        for other in 0...row {
          shares[first + other] = scale * dot(pass.query, row, pass.key, other, head)
        }
        let largest = shares[first...(first + row)].max()!
        var sum: Scalar = 0
        for other in 0...row {
          shares[first + other] = Scalar.exponential(shares[first + other] - largest)
          sum += shares[first + other]
        }
        for other in 0...row {
          shares[first + other] /= sum
          add(shares[first + other], pass.value, other, to: &mixed, row, head)
        }
      }
    }
    return (shares, mixed)
  }

  private func attendBack(
    _ pass: LayerPass, _ mixed: [Scalar], _ count: Int
  ) -> (query: [Scalar], key: [Scalar], value: [Scalar]) {
    let zeros = [Scalar](repeating: 0, count: count * width)
    var (query, key, value) = (zeros, zeros, zeros)
    let scale = 1 / Scalar(headWidth).squareRoot()
    for head in 0..<headCount {
      for row in 0..<count {
        let first = (head * count + row) * count
        let changes = (0...row).map { dot(mixed, row, pass.value, $0, head) }
        var mean: Scalar = 0
        for other in 0...row { mean += pass.attention[first + other] * changes[other] }
        for other in 0...row {
          let share = pass.attention[first + other]
          add(share, mixed, row, to: &value, other, head)
          let change = scale * share * (changes[other] - mean)
          add(change, pass.key, other, to: &query, row, head)
          add(change, pass.query, row, to: &key, other, head)
        }
      }
    }
    return (query, key, value)
  }

  private func dot(_ a: [Scalar], _ row: Int, _ b: [Scalar], _ other: Int, _ head: Int) -> Scalar {
    var sum: Scalar = 0
    for column in (head * headWidth)..<((head + 1) * headWidth) {
      sum += a[row * width + column] * b[other * width + column]
    }
    return sum
  }

  private func add(
    _ factor: Scalar, _ x: [Scalar], _ row: Int, to y: inout [Scalar], _ other: Int, _ head: Int
  ) {
    for column in (head * headWidth)..<((head + 1) * headWidth) {
      y[other * width + column] += factor * x[row * width + column]
    }
  }
}

/// A forward pass of several sequences.
public struct TransformerPass<Scalar: NetworkScalar>: Sendable {
  let passes: [Transformer<Scalar>.Pass]
  /// Logits [tokens, V], one sequence after another.
  public var logits: [Scalar] { passes.flatMap(\.logits) }
}

extension Transformer {
  /// Mean cross-entropy of each token of `sequences` but their first, given those before it [nats], and its gradient.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func lossAndGradient(over sequences: [[Int]]) -> (loss: Double, gradient: [Scalar]) {
    let pass = forward(sequences.map { Array($0.dropLast()) })
    let labels = sequences.flatMap { $0.dropFirst() }
    return (
      CrossEntropy.meanLoss(pass.logits, labels: labels),
      pullback(CrossEntropy.cotangent(pass.logits, labels: labels), through: pass)
    )
  }
}
