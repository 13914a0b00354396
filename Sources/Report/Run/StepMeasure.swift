internal import Checkpoint
internal import Regret

/// A measure that is told of every checkpoint of a run, in tables and charts alike.
struct StepMeasure {
  /// The head of its column.
  var name: String
  /// Whether it is a share, told in percent.
  var isShare = false
  /// What the audit says of it.
  var estimate: (Audit) -> Estimate?

  func text(_ audit: Audit) -> String {
    estimate(audit).map { isShare ? $0.percentText : $0.text } ?? "–"
  }
}

/// The measures of a run: how much one step serves another minibatch first, since it is what a report asks; then the
/// regret, which also shrinks with the gradients, and what it is made of.
struct StepMeasures {
  /// The ball that all checkpoints have in common.
  let ball: Ball
  /// The one whose norm and noise scale stand beside it: what is measured held-out has none of its own.
  let sizes: Ball

  init(_ checkpoints: [CheckpointReport]) {
    ball = Ball(sharedBy: checkpoints.filter { !$0.description.isPartial }.map(\.audit))
    sizes = ball == .heldOut ? .inSample : ball
  }

  /// In the common ball.
  var main: [StepMeasure] {
    let aside = sizes == ball ? "" : ", in-sample"
    return [
      Self.share("share", ball), Self.regret("regret", ball),
      StepMeasure(name: "norm" + aside) { [sizes] in $0.measures(sizes)?.norm },
      StepMeasure(name: "relative regret" + aside) { [sizes] in $0.measures(sizes)?.relativeRegret },
      StepMeasure(name: "noise scale" + aside) { [sizes] in $0.measures(sizes)?.noiseScale },
    ]
  }

  /// Share and regret in `others`.
  static func beside(_ others: [Ball]) -> [StepMeasure] {
    others.flatMap { other -> [StepMeasure] in
      let name = other.name.replacing(" ball", with: "")
      return [share(name + " share", other), regret(name + " regret", other)]
    }
  }

  private static func share(_ name: String, _ ball: Ball) -> StepMeasure {
    StepMeasure(name: name, isShare: true) { $0.measures(ball)?.cosine }
  }

  private static func regret(_ name: String, _ ball: Ball) -> StepMeasure {
    StepMeasure(name: name) { $0.measures(ball)?.regret }
  }
}
