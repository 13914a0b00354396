internal import Regret

/// Share and regret in every ball that was measured, a row each.
struct BallTable {
  let audit: Audit

  init(_ audit: Audit) { self.audit = audit }

  var table: TextTable {
    var table = TextTable(.left, .right, .right, .left)
    table.dispensable = [3]
    table.add("", .init("share", .faint), .init("regret", .faint), "")
    for ball in Ball.allCases where ball == .euclidean || audit.kl != nil {
      // That the estimate is there and not supported is told by a dash; one that was never asked for by nothing.
      guard ball != .estimate || audit.kl?.estimate != nil else { continue }
      let measures = audit.measures(ball)
      table.add(
        .init(ball.name), .init(measures?.cosine.percentText ?? "–", .bold), .init(measures?.regret.text ?? "–"),
        .init(ball.unit, .faint))
    }
    return table
  }
}
