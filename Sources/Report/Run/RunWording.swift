internal import Regret

/// Sentences about the checkpoints of a run, the same in every format.
enum RunWording {
  static func title(_ checkpoints: [CheckpointReport], _ ball: Ball) -> String {
    "What a step gives another minibatch, over \(NumberText.count(checkpoints.count)) checkpoints: \(ball.name)"
  }

  /// What the columns of the table are.
  static func note(_ checkpoints: [CheckpointReport], _ measures: StepMeasures) -> String {
    var note =
      "share is the mean cosine: what the best small step for one minibatch gives another, of what its own would give. "
      + "The regret also falls as gradients shrink (norm); the relative regret, regret ÷ norm, does not. noise scale: up to about so many "
      + "examples a larger minibatch still helps. ↑ ↓ moved by more than both 95% intervals together since the row above, "
      + "· did not"
    if measures.ball == .heldOut {
      note += ". The population's estimate is not supported at all of them, so what is told is held-out"
    }
    if let shared = shared(checkpoints) { note += ". " + shared }
    return note.last == "." ? note : note + "."
  }

  /// The ρ that all have in common, and from where to where their own run.
  private static func shared(_ checkpoints: [CheckpointReport]) -> String? {
    let own = checkpoints.compactMap { $0.audit.kl?.damping.ownWeight }
    guard let low = own.min(), let high = own.max(), let weight = checkpoints.last?.audit.kl?.damping.weight else {
      return nil
    }
    return "All at ρ = \(NumberText.rounded(weight, digits: 3)), the largest of their own, which run from "
      + "\(NumberText.rounded(low, digits: 3)) to \(NumberText.rounded(high, digits: 3)): regrets at different ρ can't be "
      + "compared (--own-damping, --damping)."
  }
}
