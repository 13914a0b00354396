/// What a recorder has handed to the disk, and what it has not.
public struct RecordingSummary: Hashable, Sendable, CustomStringConvertible {
  /// Number of checkpoints, those of a run that was resumed aside.
  public internal(set) var checkpointCount = 0
  /// The step of the last one; nil where there is none.
  public internal(set) var lastRecordedStep: Int?
  /// The last step that ``Recorder/isDue(at:)`` was asked about; nil where it never was.
  public internal(set) var lastAskedStep: Int?

  /// How long captures held the training up [seconds].
  public internal(set) var heldSeconds = 0.0
  /// That as a share of the time since the recorder began.
  public internal(set) var heldShare = 0.0

  /// One line.
  public var description: String {
    var text = checkpointCount == 1 ? "1 checkpoint recorded" : "\(checkpointCount) checkpoints recorded"
    if let step = lastRecordedStep { text += ", the last of step \(step)" }
    if heldSeconds > 0 {
      text +=
        "; captures held the training for \((heldSeconds * 10).rounded() / 10) s, "
        + "\((heldShare * 1000).rounded() / 10)% of the time"
    }
    if let asked = lastAskedStep, asked != lastRecordedStep {
      text +=
        "; step \(asked), the last that isDue(at:) was asked about, is not among them: isDue(at:last:) takes it in"
    }
    return text
  }
}
