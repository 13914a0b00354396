/// One step of a network: B rows of `inputCount` numbers in, B rows of `outputCount` out.
public enum Layer: Hashable, Sendable {
  /// y = Wx + b.
  case dense(Dense)
  /// y = max(x, 0) on `count` numbers.
  case relu(count: Int)
  /// 3×3 filters over an image.
  case convolution(Convolution)
  /// Means of 2×2 squares of an image.
  case pooling(Pooling)

  /// Numbers that one example brings.
  public var inputCount: Int {
    switch self {
    case .dense(let dense): dense.inputCount
    case .relu(let count): count
    case .convolution(let convolution): convolution.input.count
    case .pooling(let pooling): pooling.input.count
    }
  }

  /// Numbers that one example leaves with.
  public var outputCount: Int {
    switch self {
    case .dense(let dense): dense.outputCount
    case .relu(let count): count
    case .convolution(let convolution): convolution.output.count
    case .pooling(let pooling): pooling.output.count
    }
  }

  /// Names and shapes of its parameters, in the order in which they lie; the first extent counts outputs.
  var tensors: [(name: String, shape: [Int])] {
    switch self {
    case .dense(let dense):
      [("weight", [dense.outputCount, dense.inputCount]), ("bias", [dense.outputCount])]
    case .convolution(let convolution):
      [
        ("weight", [convolution.filterCount, Convolution.width, Convolution.width, convolution.input.channels]),
        ("bias", [convolution.filterCount]),
      ]
    case .relu, .pooling: []
    }
  }

  /// What its tensors' names begin with.
  var name: String {
    switch self {
    case .dense: "dense"
    case .relu: "relu"
    case .convolution: "convolution"
    case .pooling: "pooling"
    }
  }

  /// y for `count` rows of x.
  func forward<Scalar: NetworkScalar>(
    _ x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>
  ) -> [Scalar] {
    switch self {
    case .dense(let dense): dense.forward(x, count: count, parameters: parameters)
    case .relu: x.map { max($0, 0) }
    case .convolution(let convolution): convolution.forward(x, count: count, parameters: parameters)
    case .pooling(let pooling): pooling.forward(x, count: count)
    }
  }

  /// Adds to `gradient` what `count` rows of ∂/∂y say about the parameters, and returns ∂/∂x.
  func backward<Scalar: NetworkScalar>(
    _ dy: [Scalar], x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>, gradient: UnsafeMutablePointer<Scalar>
  ) -> [Scalar] {
    switch self {
    case .dense(let dense):
      return dense.backward(dy, x: x, count: count, parameters: parameters, gradient: gradient)
    case .relu:
      var dx = dy
      for index in dx.indices where x[index] <= 0 { dx[index] = 0 }
      return dx
    case .convolution(let convolution):
      return convolution.backward(dy, x: x, count: count, parameters: parameters, gradient: gradient)
    case .pooling(let pooling):
      return pooling.backward(dy, count: count)
    }
  }
}

/// The extents of an image, whose numbers lie row by row and channel by channel within a pixel.
public struct ImageShape: Hashable, Sendable {
  /// Rows of pixels.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// Numbers in a pixel.
  public let channels: Int

  /// An image of `height` × `width` pixels of `channels` numbers.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Numbers in the image.
  public var count: Int { height * width * channels }
}
