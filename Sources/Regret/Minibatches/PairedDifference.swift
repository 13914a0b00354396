/// A measure whose difference between two audits can be taken minibatch by minibatch, by its path in reports.
public enum PairedMeasure: String, CaseIterable, Sendable {
  /// Of the Euclidean regret.
  case euclideanRegret = "euclidean.regret"
  /// Of the Euclidean cosine.
  case euclideanCosine = "euclidean.cosine"
  /// Of the mean norm.
  case euclideanNorm = "euclidean.norm"
  /// Of the KL regret with the Fisher of all factor rows.
  case inSampleRegret = "kl.in_sample.regret"
  /// Of the KL cosine with the Fisher of all factor rows.
  case inSampleCosine = "kl.in_sample.cosine"
  /// Of the KL regret held out.
  case heldOutRegret = "kl.held_out.regret"
  /// Of the KL cosine held out.
  case heldOutCosine = "kl.held_out.cosine"
}

extension Audit {
  /// `measure` here less that of `other`, with the jackknife's error of the difference: each minibatch is left out of both
  /// at once, so that what it does to both cancels. Of the minibatches `rows`, or all; nil where the two differ in
  /// which of them have a length, where there are fewer than three, or where one lacks the measure.
  ///
  /// Where the minibatches of one row are not the same data, nothing cancels on average, and the error is that of two
  /// independent ones: it is never too small for that.
  public func difference(from other: Audit, in measure: PairedMeasure, rows: Set<Int>? = nil) -> Estimate? {
    guard let own = leavingOut(measure, rows), let others = other.leavingOut(measure, rows), own.rows == others.rows,
      own.rows.count >= 3
    else { return nil }
    return Jackknife.estimate(value: own.value - others.value, left: zip(own.left, others.left).map { $0 - $1 })
  }

  /// The value and those without each of the minibatches that have a length.
  private func leavingOut(
    _ measure: PairedMeasure, _ rows: Set<Int>?
  ) -> (rows: [Int], value: Double, left: [Double])? {
    guard let minibatches else { return nil }
    let known = minibatches.filter { rows?.contains($0.row) ?? true }.compactMap { minibatch in
      minibatch.value(measure).map { (minibatch.row, $0) }
    }
    let (sum, count) = (known.reduce(0) { $0 + $1.1 }, Double(known.count))
    // A mean over pairs i ≠ j is that of the minibatches' means; without i it lacks the pairs in both its places.
    let weight: Double = measure == .euclideanNorm ? 1 : 2
    return (known.map(\.0), sum / count, known.map { (sum - weight * $0.1) / (count - weight) })
  }
}

extension MinibatchSummary {
  fileprivate func value(_ measure: PairedMeasure) -> Double? {
    switch measure {
    case .euclideanRegret: euclidean?.regret
    case .euclideanCosine: euclidean?.cosine
    case .euclideanNorm: euclidean?.norm
    case .inSampleRegret: inSample?.regret
    case .inSampleCosine: inSample?.cosine
    case .heldOutRegret: heldOutRegret
    case .heldOutCosine: heldOutCosine
    }
  }
}
