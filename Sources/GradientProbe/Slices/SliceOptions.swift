public import Landscape
public import Logging

/// Which losses around a checkpoint are evaluated.
public struct SliceOptions: Sendable {
  /// What figures call the slice, part of its file's name; letters, digits, `-`, `_` and `.`.
  public var name = "random"

  /// Where along the directions: 51 places from −1 to 1 along each of two by default.
  public var grid = SliceGrid(GridAxis(radius: 1, count: 51), GridAxis(radius: 1, count: 51))

  /// Along what; two random directions normalised by filter, from seed 0, by default.
  public var directions = SliceDirections.random(.filter, seed: 0)

  /// Where messages go; the label is `GradientProbe`.
  public var logger = Logger(label: "GradientProbe")

  /// Called now and then with the points that are done and all of them.
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?

  /// The defaults.
  public init() {}
}

/// Along what a slice is taken.
public enum SliceDirections: Sendable {
  /// Random directions; each axis has its own, drawn from the seed.
  case random(DirectionScale, seed: UInt64)
  /// A line to the parameters of another checkpoint file, where α = 1 is; needs a grid of one axis.
  case towards(checkpoint: String)
  /// Vectors that the caller has, such as natural-gradient steps; one an axis.
  case given([Direction])
}
