import Checkpoint
import Networks

/// The digits, split once for the whole study: models differ in how they are trained, never in what is held out.
struct StudyData {
  let clean: Examples
  let validation: Examples

  init() throws {
    var generator = SplitMix64(seed: 1)
    let digits = try Digits.load()
    (clean, validation) = digits.split(holdingOut: digits.count - Family.trainingCount, using: &generator)
  }

  /// The training set with a share of its labels shuffled, the same ones for every model.
  func training(shuffledShare: Double) -> Examples {
    var generator = SplitMix64(seed: 2)
    return shuffledShare == 0 ? clean : clean.shufflingLabels(share: shuffledShare, using: &generator)
  }
}
