/// 3×3 filters over an image, zeros beyond its border, so that height and width stay.
///
/// Every pixel's neighbourhood is laid out as a row, and one product with the filters [filters, 3·3·channels] does the
/// rest.
public struct Convolution: Hashable, Sendable {
  /// Height and width of a filter.
  static let width = 3
  /// What comes in.
  public let input: ImageShape
  /// Channels that go out.
  public let filterCount: Int

  /// `filterCount` filters over `input`.
  public init(input: ImageShape, filterCount: Int) {
    self.input = input
    self.filterCount = filterCount
  }

  /// What goes out.
  public var output: ImageShape { ImageShape(height: input.height, width: input.width, channels: filterCount) }

  private var patchCount: Int { Self.width * Self.width * input.channels }

  /// Calls `body` with the place of every run of channels in the rows of neighbourhoods and in the images; runs beyond
  /// the border are left out.
  private func forEachRun(count: Int, _ body: (_ patch: Int, _ image: Int) -> Void) {
    let (height, width, channels) = (input.height, input.width, input.channels)
    for example in 0..<count {
      for row in 0..<height {
        for column in 0..<width {
          let patch = ((example * height + row) * width + column) * patchCount
          for down in 0..<Self.width where (0..<height).contains(row + down - 1) {
            for right in 0..<Self.width where (0..<width).contains(column + right - 1) {
              body(
                patch + (down * Self.width + right) * channels,
                ((example * height + row + down - 1) * width + column + right - 1) * channels)
            }
          }
        }
      }
    }
  }

  private func patches<Scalar: NetworkScalar>(_ x: [Scalar], count: Int) -> [Scalar] {
    var patches = [Scalar](repeating: 0, count: count * input.height * input.width * patchCount)
    patches.withUnsafeMutableBufferPointer { patches in
      x.withUnsafeBufferPointer { x in
        forEachRun(count: count) { patch, image in
          for channel in 0..<input.channels { patches[patch + channel] = x[image + channel] }
        }
      }
    }
    return patches
  }

  /// Filters are a dense layer on the neighbourhoods.
  private var filters: Dense { Dense(inputCount: patchCount, outputCount: filterCount) }

  func forward<Scalar: NetworkScalar>(_ x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>) -> [Scalar] {
    filters.forward(patches(x, count: count), count: count * input.height * input.width, parameters: parameters)
  }

  func backward<Scalar: NetworkScalar>(
    _ dy: [Scalar], x: [Scalar], count: Int, parameters: UnsafePointer<Scalar>, gradient: UnsafeMutablePointer<Scalar>
  ) -> [Scalar] {
    let patchGradient = filters.backward(
      dy, x: patches(x, count: count), count: count * input.height * input.width, parameters: parameters,
      gradient: gradient)
    var dx = [Scalar](repeating: 0, count: count * input.count)
    dx.withUnsafeMutableBufferPointer { dx in
      patchGradient.withUnsafeBufferPointer { patchGradient in
        forEachRun(count: count) { patch, image in
          for channel in 0..<input.channels { dx[image + channel] += patchGradient[patch + channel] }
        }
      }
    }
    return dx
  }
}
