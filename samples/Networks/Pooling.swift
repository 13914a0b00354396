/// The mean of every 2×2 square of an image of even height and width, channel by channel.
public struct Pooling: Hashable, Sendable {
  /// What comes in.
  public let input: ImageShape

  /// Squares of `input`.
  public init(input: ImageShape) {
    precondition(input.height.isMultiple(of: 2) && input.width.isMultiple(of: 2), "pooling needs even extents")
    self.input = input
  }

  /// What goes out.
  public var output: ImageShape {
    ImageShape(height: input.height / 2, width: input.width / 2, channels: input.channels)
  }

  /// Calls `body` with each number's place in the output and in the input.
  private func forEachPair(count: Int, _ body: (_ small: Int, _ large: Int) -> Void) {
    for row in 0..<(count * input.height) {
      for column in 0..<input.width {
        let small = (row / 2 * output.width + column / 2) * input.channels
        let large = (row * input.width + column) * input.channels
        for channel in 0..<input.channels { body(small + channel, large + channel) }
      }
    }
  }

  func forward<Scalar: NetworkScalar>(_ x: [Scalar], count: Int) -> [Scalar] {
    var y = [Scalar](repeating: 0, count: count * output.count)
    forEachPair(count: count) { small, large in y[small] += x[large] / 4 }
    return y
  }

  func backward<Scalar: NetworkScalar>(_ dy: [Scalar], count: Int) -> [Scalar] {
    var dx = [Scalar](repeating: 0, count: count * input.count)
    forEachPair(count: count) { small, large in dx[large] = dy[small] / 4 }
    return dx
  }
}
