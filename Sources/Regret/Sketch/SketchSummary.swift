public import Checkpoint

/// What sketching did to an audit's numbers.
public struct SketchSummary: Hashable, Codable, Sendable {
  /// Numbers of a row k.
  public var width: Int
  /// Whose mean square D̂ is, which stands for the Fisher's own diagonal.
  public var pilotKind: FisherKind
  /// How many rows D̂ is the mean square of.
  public var pilotRowCount: Int
  /// Parameters whose D̂ is 0: they are in no metric.
  public var deadParameterCount: Int
  /// d, the dimension that the factors take up in the sketch; nil without a usable Fisher.
  public var effectiveDimension: Double?
  /// c, by which the damping is made smaller; nil without a usable Fisher.
  public var correction: Double?
  /// Share of Σ‖g‖² where D̂ is 0; nil where tensors were chosen, since it is told of all together.
  public var outsidePilot: Double?
  /// The same of the factor rows in use.
  public var outsidePilotFactors: Double?
  /// Mean ‖D̂^{-½}s‖² of the factor rows in use over the number of parameters in the metric: 1 where pilots were all of them, and
  /// more the smaller D̂ is where few pilots told it; nil where that is not told, or pilots are of another kind.
  public var pilotExcess: Double?
  /// Mean of a gradient's squared length in the sketch over what it was, less 1; nil where that is not told.
  public var lengthError: Double?

  /// Above this ``pilotExcess`` what is divided by D̂ lies in few parameters, and the errors told are too small.
  public static let largestExcess = 1.25
  /// Above this share of the sketch that factors take up, what is left of it says too little.
  public static let largestShare = 0.2
}
