internal import Checkpoint
internal import Regret

/// Sentences about one checkpoint, the same in every format.
struct Wording {
  let checkpoint: CheckpointReport

  init(_ checkpoint: CheckpointReport) { self.checkpoint = checkpoint }

  private var audit: Audit { checkpoint.audit }

  /// What is said of a file without checksums.
  static let unverified =
    "The file holds no checksums over all that was read, so silent damage to it would go unseen."

  /// What was audited.
  var setting: String {
    var parts = [
      "step \(NumberText.count(checkpoint.description.step))",
      "\(NumberText.count(audit.minibatchCount)) minibatches of \(NumberText.count(audit.batchSize))",
      "\(NumberText.count(audit.parameterCount)) parameters",
    ]
    if let selection = checkpoint.tensorSelection { parts[2] += " in tensors \(selection.printable)" }
    if audit.zeroGradients > 0 { parts.append("\(NumberText.count(audit.zeroGradients)) zero gradients left out") }
    if !checkpoint.description.run.isEmpty { parts.append("run \(checkpoint.description.run.printable)") }
    return parts.joined(separator: " · ")
  }

  /// The answer in a sentence: the mean cosine is the mean share of its own best gain that a minibatch gets from the
  /// step chosen on another, whatever the ball.
  var headline: String {
    let inSample = audit.kl?.inSample?.cosine.value
    let heldOut = audit.kl?.heldOut?.cosine.value
    switch (heldOut, inSample) {
    case (let held?, let own?):
      return
        "The best small step for one minibatch gives another, on average, \(NumberText.percent(held)) of what its own "
        + "best step would give (measured held-out; in-sample \(NumberText.percent(own)))."
    case (let held?, nil):
      return
        "The best small step for one minibatch gives another, on average, \(NumberText.percent(held)) of what its own "
        + "best step would give (measured held-out)."
    case (nil, let own?):
      return
        "The best small step for one minibatch gives another, on average, \(NumberText.percent(own)) of what its own "
        + "best step would give (measured in-sample only)."
    case (nil, nil):
      guard let cosine = audit.euclidean?.cosine.value else { return "That was not computed, or can't be." }
      return
        "The best small step for one minibatch gives another, on average, \(NumberText.percent(cosine)) of what its "
        + "own best step would give. This is the Euclidean measure only, which depends on how the network is written."
    }
  }

  /// How the numbers were measured.
  var metric: String {
    let interval =
      "± is the half-width of the 95% interval (jackknife over minibatches, Student's t)"
    guard let kl = audit.kl else { return interval + "." }
    var text = "\(kl.fisher.rawValue.capitalizedFirst) Fisher, "
    let weight = kl.damping.weight.map { " at ρ = \(NumberText.rounded($0, digits: 3))" } ?? ""
    switch kl.damping.kind {
    case .diagonal: text += "diagonal damping\(weight): the KL numbers stay whatever single parameters are scaled by."
    case .identity: text += "identity damping\(weight): the KL numbers move when layers are rescaled."
    case .none: text += "no damping: pseudo-inverse on the Fisher's range."
    }
    return text + " The Euclidean ones depend on how the network is written. " + interval
      + "; in the KL ball it takes the Fisher and ρ as given."
  }
}

extension String {
  /// This text beginning with a capital.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
