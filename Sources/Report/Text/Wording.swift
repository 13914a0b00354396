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
      "\(NumberText.count(audit.minibatchCount)) minibatches of \(sizes)",
      "\(NumberText.count(audit.parameterCount)) parameters",
    ]
    if let sketch = audit.sketch { parts[2] += " in \(NumberText.count(sketch.width)) sums a row" }
    if let measures = audit.groups, measures.groups.count > 1 {
      let others = measures.groups.enumerated().filter { $0.offset != measures.reference }.map(\.element)
      parts[1] += " of \(measures.groups[measures.reference].title)"
      parts[1] +=
        others.count <= 3
        ? others.map { ", \(NumberText.count($0.minibatchCount)) of \($0.title)" }.joined()
        : ", \(NumberText.count(others.reduce(0) { $0 + $1.minibatchCount })) in \(others.count) other groups"
    }
    if checkpoint.description.isPartial { parts.append("partial: it lacks rows that were to be written") }
    if let selection = checkpoint.tensorSelection { parts[2] += " in tensors \(selection.printable)" }
    if audit.zeroGradients > 0 { parts.append("\(NumberText.count(audit.zeroGradients)) zero gradients left out") }
    if !checkpoint.description.run.isEmpty {
      parts.append("run \(RunName.of(checkpoint.description.run, among: [checkpoint]))")
    }
    return parts.joined(separator: " · ")
  }

  /// How many examples: one number, or where sizes differ their range and the mean that is used.
  private var sizes: String {
    let reference = checkpoint.referenceMinibatches
    let all = checkpoint.description.batchSizes
    let sizes = all.indices.filter { reference?.contains($0) ?? true }.map { all[$0] }
    guard let low = sizes.min(), let high = sizes.max(), low < high else { return NumberText.count(audit.batchSize) }
    return "\(NumberText.count(low)) to \(NumberText.count(high)) (harmonic mean \(NumberText.count(audit.batchSize)))"
  }

  /// The answer in a sentence: the mean cosine is the mean share of its own best gain that a minibatch gets from the
  /// step chosen on another, whatever the ball.
  var headline: String {
    let ball = Ball(audit)
    guard let cosine = audit.measures(ball)?.cosine else { return "That was not computed, or can't be." }
    var text =
      "The best small step for one minibatch gives another, on average, \(cosine.percentText) of what its own best step "
      + "would give"
    switch ball {
    case .estimate: text += "."
    case .heldOut:
      let beside = audit.kl?.inSample.map { "; in-sample \(NumberText.percent($0.cosine.value))" } ?? ""
      text += " (measured held-out\(beside))."
    case .inSample: text += " (measured in-sample only)."
    case .euclidean:
      text += ". This is the Euclidean measure only, which depends on how the network is written."
    }
    if let interval = cosine.interval, interval.low <= 0, interval.high.map({ $0 >= 0 }) ?? true {
      text += " No agreement can be told from chance."
    }
    return text
  }

  /// What the noise scale means for a person; nil where pairs were not asked for.
  var noise: String? {
    let ball = Ball(audit)
    let sizes = ball == .heldOut ? .inSample : ball
    guard let measures = audit.measures(sizes) else { return nil }
    let words = sizes.words
    let own = "these have \(NumberText.count(audit.batchSize))."
    guard let scale = measures.noiseScale else {
      return "How far a larger minibatch would help can't be told: the mean gradient drowns in noise."
    }
    guard let high = scale.interval?.high else {
      let least = scale.interval.map {
        " (the noise scale \(words); at least B = \(NumberText.examples($0.low)), its upper end is open)"
      }
      return
        "A larger minibatch still helps up to about B = \(NumberText.examples(scale.value)) examples\(least ?? ""); "
        + own
    }
    if high < audit.batchSize {
      return
        "A larger minibatch helps little: the noise scale \(words) is about B = \(NumberText.examples(scale.value)) examples (95% "
        + "from \(NumberText.examples(scale.interval!.low)) to \(NumberText.examples(high))); " + own
    }
    return
      "A larger minibatch still helps up to about B = \(NumberText.examples(scale.value)) examples (the noise scale "
      + "\(words); 95% from \(NumberText.examples(scale.interval!.low)) to \(NumberText.examples(high))); " + own
  }

  /// What sketching has to do with the numbers; nil where rows are whole.
  var sketch: String? {
    guard let sketch = audit.sketch else { return nil }
    func share(_ estimate: Estimate?) -> String? {
      guard let estimate, let error = estimate.sketch, estimate.value > 0 else { return nil }
      return "± " + NumberText.percent((error.interval.high! - error.interval.low) / 2 / estimate.value)
    }
    let errors = [
      share(audit.kl?.inSample?.regret).map { "\($0) to the KL regret" },
      share(audit.euclidean?.regret).map { "\($0) to the Euclidean one" },
    ].compactMap(\.self)
    return
      "Rows are sketched, after they were divided by the root of the mean square of "
      + "\(NumberText.count(sketch.pilotRowCount)) pilot rows, which stands for the Fisher's diagonal"
      + (errors.isEmpty ? "." : "; that adds \(errors.joined(separator: " and ")), not counted below.")
  }

  /// How the numbers were measured.
  var metric: String {
    let interval =
      "± is half the width of the 95% interval (jackknife over minibatches, Student's t, sizes on a logarithmic scale)"
    guard let kl = audit.kl else { return interval + "." }
    var text = "\(kl.fisher.rawValue.capitalizedFirst) Fisher, "
    var weight = kl.damping.weight.map { " at ρ = \(NumberText.rounded($0, digits: 3))" } ?? ""
    if let own = kl.damping.ownWeight, own != kl.damping.weight {
      weight += ", one for all that are compared (by itself \(NumberText.rounded(own, digits: 3)))"
    }
    switch kl.damping.kind {
    case .diagonal: text += "diagonal damping\(weight): the KL numbers stay whatever single parameters are scaled by."
    case .identity: text += "identity damping\(weight): the KL numbers move when layers are rescaled."
    case .none: text += "no damping: pseudo-inverse on the Fisher's range."
    }
    if let sketch { text += " " + sketch }
    return text + " The Euclidean ones depend on how the network is written. " + interval
      + (kl.estimate == nil
        ? "; in the KL ball it takes the Fisher and ρ as given."
        : "; that of the KL ball counts the Fisher's sampling, those held-out and in-sample do not.")
  }
}

extension String {
  /// This text beginning with a capital.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
