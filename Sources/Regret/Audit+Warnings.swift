#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint

extension Audit {
  /// Adds what an expert would say of these numbers.
  mutating func addWarnings(_ input: AuditInput, _ plan: AuditPlan, _ sample: Sample) {
    var found = AuditWarnings()
    found.addRows(input, sample)
    found.addGroups(self, input, plan)
    found.addSample(self, input)
    found.addScale(self, input, plan, sample)
    found.addFisher(self, plan)
    if let sketch { found.addSketch(sketch) }
    found.addTrust(self, plan)
    // What stands beside the regret and was not asked for is no shortcoming of it; the plan tells of it.
    for skipped in plan.summary.skipped where skipped.measure != Measures.parameters.name {
      found.add("skipped", "\(skipped.measure) was left out: \(skipped.reason).")
    }
    warnings += input.warnings + found.list
  }
}

/// A share as a percentage of two digits.
private func percent(_ share: Double) -> String {
  guard share < 10 else { return "more than 1000%" }
  let value = share * 100
  if value >= 10 { return "\(Int(value.rounded()))%" }
  return value >= 0.1 ? "\((value * 10).rounded() / 10)%" : "less than 0.1%"
}

/// A number with three digits after the point, or of three digits where it is small or large.
private func short(_ value: Double) -> String {
  guard value.isFinite, value != 0, abs(value) < 0.1 || abs(value) >= 1e7 else {
    return "\((value * 1000).rounded() / 1000)"
  }
  let size = Int(log10(abs(value)).rounded(.down))
  let digits = (value / pow(10, Double(size)) * 100).rounded() / 100
  return size >= -3 && size < 0 ? "\((value * 1e6).rounded() / 1e6)" : "\(digits)e\(size)"
}

extension AuditWarning {
  static var parametersNotFinite: AuditWarning {
    AuditWarning(
      code: "parameters_not_finite",
      message:
        "/parameters holds numbers that are not finite, though the gradients are: find out what was recorded. The "
        + "Fisher–Rao norm and relative flatness are not told.")
  }

  static var parametersBeyondRange: AuditWarning {
    AuditWarning(
      code: "parameters_beyond_range",
      message:
        "Products of /parameters with rows are too large for double precision, so the Fisher–Rao norm and relative "
        + "flatness are not told: find out what was recorded.")
  }
}

/// Collects warnings, a group of them a function.
private struct AuditWarnings {
  private(set) var list: [AuditWarning] = []

  mutating func add(_ code: String, _ message: String) { list.append(AuditWarning(code: code, message: message)) }

  /// About single minibatches.
  mutating func addRows(_ input: AuditInput, _ sample: Sample) {
    func list(_ rows: [Int]) -> String {
      rows.prefix(6).map { String(input.gradients.storedRow($0)) }.joined(separator: ", ")
        + (rows.count > 6 ? " and \(rows.count - 6) more" : "")
    }
    if let rows = sample.equalRows.max(by: { $0.count < $1.count }) {
      let others = sample.equalRows.count - 1
      add(
        "equal_rows",
        "Gradients \(list(rows)) are the same to the bit\(others > 0 ? ", and \(others) more such groups" : ""): one "
          + "minibatch recorded more than once. They have no regret towards each other, so all means are too low.")
    }
    let sizes = input.batchSizes[input.referenceRows]
    if let low = sizes.min(), let high = sizes.max(), Double(high) > 1.5 * Double(low) {
      add(
        "uneven_batches",
        "Minibatches hold from \(low) to \(high) examples, and regret, norm and cosine depend on the size: they are "
          + "means over unlike minibatches. b is the harmonic mean of the sizes.")
    }
    let norms = input.referenceRows.map { sample.gradients[$0, $0].squareRoot() }
    let total = norms.reduce(0, +)
    if norms.count >= 4, let row = norms.indices.max(by: { norms[$0] < norms[$1] }), norms[row] > 0.5 * total {
      add(
        "dominant_minibatch",
        "Minibatch \(input.gradients.storedRow(row)) alone has \(percent(norms[row] / total)) of the sum of all gradients' lengths, so it decides "
          + "every mean: look at its examples, or leave it out.")
    }
    let broken = input.losses.indices.filter { !input.losses[$0].isFinite }
    if !broken.isEmpty {
      add(
        "loss_not_finite",
        "The loss of minibatch\(broken.count == 1 ? "" : "es") \(list(broken)) is not a finite number, though the "
          + "gradients are: find out what was recorded.")
    }
    if !input.unknownFisherKinds.isEmpty {
      add(
        "unknown_fisher",
        "The file holds Fisher factors of a kind that is not known here, which are passed over: "
          + input.unknownFisherKinds.joined(separator: ", ") + ".")
    }
  }

  /// About groups that are not alike but for the data.
  mutating func addGroups(_ audit: Audit, _ input: AuditInput, _ plan: AuditPlan) {
    guard let groups = audit.groups?.groups, groups.count > 1 else { return }
    func list(_ names: [String]) -> String {
      names.prefix(6).map(\.debugDescription).joined(separator: ", ")
        + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }
    func size(_ value: Double) -> String {
      value < 1e15 && abs(value - value.rounded()) <= 1e-12 * value ? "\(Int(value.rounded()))" : short(value)
    }
    if let low = groups.map(\.batchSize).min(), let high = groups.map(\.batchSize).max(), high > low * (1 + 1e-12) {
      add(
        "uneven_groups",
        "Minibatches of the groups hold from \(size(low)) to \(size(high)) examples (harmonic means), and regret and "
          + "cosine depend on the size: part of what groups differ in is that. Record all groups at one size.")
    }
    let single = groups.filter { $0.minibatchCount == 1 }.map(\.name)
    if !single.isEmpty {
      add(
        "single_minibatch_group",
        "Group\(single.count == 1 ? "" : "s") \(list(single)) \(single.count == 1 ? "has" : "have") one minibatch: "
          + "nothing is known of pairs within, and no error of what crosses.")
    }
    if plan.factors != nil && plan.factors?.minibatches == nil && input.layout?.fisher != nil {
      add(
        "factors_of_all_groups",
        "The file does not say which minibatch each factor row came from, so the Fisher is of all groups' inputs.")
    }
  }

  /// About factors and gradients that cannot both be right.
  mutating func addScale(_ audit: Audit, _ input: AuditInput, _ plan: AuditPlan, _ sample: Sample) {
    if let mean = sample.empiricalMean {
      add(
        "empirical_mean_mismatch",
        "The mean of the empirical rows of minibatch \(input.gradients.storedRow(mean.minibatch)) is not its gradient: "
          + "they lie \(percent(mean.distance)) of its length apart, and \(short(mean.ratio)) times the mean comes "
          + "nearest. A sum in place of a mean, a scaled loss, clipping or weight decay in one of the two does this.")
    }
    guard plan.kind == .exact || plan.kind == .sampled, let trace = sample.trace, let euclidean = audit.euclidean else {
      return
    }
    // Of gradients that are equal rounding alone is left.
    guard euclidean.noise > InnerProducts.rounding * euclidean.rmsNorm * euclidean.rmsNorm else { return }
    // tr F beside b·tr Cov(g), which estimates the trace of the empirical Fisher.
    let ratio = trace / (audit.batchSize * euclidean.noise)
    guard ratio.isFinite else { return }
    let losses = (input.losses.isEmpty ? [] : Array(input.losses[input.referenceRows])).filter(\.isFinite)
    let loss = losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
    if ratio < 1 / 16.0 {
      add(
        "fisher_scale",
        "The Fisher's trace is \(short(ratio)) times what the gradients' own noise gives. Is the minibatch size the number "
          + "of examples that the loss is averaged over? For a language model these are tokens: with sequences in their "
          + "place sampled factors come out too small. (Confident wrong predictions also make the noise larger.)")
    } else if ratio > 1_000, let loss, loss > 0.1 {
      add(
        "fisher_scale",
        "The Fisher's trace is \(short(ratio)) times what the gradients' own noise gives, at a mean loss of "
          + "\(short(loss)): are factor rows gradients of the same loss, scaled as FORMAT.md says?")
    }
  }

  /// About the gradients themselves.
  mutating func addSample(_ audit: Audit, _ input: AuditInput) {
    if input.sampling == .path {
      add(
        "path_sampling",
        "Rows were recorded while the parameters moved, and the measure is defined at one point: read it as a trend "
          + "only, or capture several minibatches at one step.")
    }
    if audit.zeroGradients > 0 {
      add(
        "zero_gradients",
        "\(audit.zeroGradients) of \(audit.minibatchCount) gradients are exactly zero and are left out of pairs.")
    }
    let left = audit.minibatchCount - audit.zeroGradients
    if left < 2 {
      add("too_few_gradients", "Fewer than two gradients are left, so no pair can be compared: capture more.")
    } else if left < 8 {
      add("few_minibatches", "\(left) minibatches give wide errors: capture 16 or more for a firm number.")
    }
    guard let euclidean = audit.euclidean, left >= 2 else { return }
    let count = Double(left)
    let square = euclidean.noise + euclidean.meanGradientSquare.value
    // N‖ḡ‖²/mean‖g‖² is 1 on average for independent gradients of mean zero, and 0 where they add up to nothing.
    let sum = 1 + (count - 1) * euclidean.meanGradientSquare.value / square
    if left >= 3, sum < 0.2 {
      add(
        "epoch_partition",
        "The gradients nearly add up to zero, as minibatches that partition one epoch do at a minimum: their mean "
          + "cosine is then −1/(N−1) = \(short(-1 / (count - 1))) by construction. Draw minibatches independently.")
    } else if euclidean.contrast == nil {
      add(
        "negative_mean_gradient_square",
        "The mean gradient drowns in noise: its squared length is estimated below zero, so contrast and noise scale "
          + "are not known. Larger or more minibatches would tell.")
    }
  }

  /// About the Fisher in use.
  mutating func addFisher(_ audit: Audit, _ plan: AuditPlan) {
    guard let kl = audit.kl else {
      if !plan.isUsable {
        add("no_fisher", "The minibatch Fisher needs three gradients, so nothing is said about a KL ball.")
      } else if audit.minibatchCount - audit.zeroGradients >= 1 {
        add("no_fisher", "Every factor row is zero, so nothing is said about a KL ball.")
      }
      return
    }
    switch kl.fisher {
    case .empirical:
      add(
        "empirical_fisher",
        "The empirical Fisher is not the Fisher away from a good fit (Kunstner et al. 2019): capture exact or sampled "
          + "factors.")
    case .minibatch:
      add(
        "minibatch_fisher",
        "The Fisher is estimated from the gradients themselves, which hides regret in-sample: capture exact or sampled "
          + "factors, or add them with --factors.")
    case .exact, .sampled: break
    }
    if kl.inSample == nil && plan.measures.contains(.regret) && audit.euclidean != nil {
      add("too_few_gradients_kl", "Fewer than two gradients have a length in the Fisher metric.")
    }
    if let outside = kl.outsideRange, outside > 0.1 {
      add(
        "outside_range",
        "\(percent(outside)) of the gradients lies outside the range of the factors, where damping alone decides: "
          + "capture more factor rows.")
    }
    if kl.dead > 0.01 {
      add(
        "dead",
        "\(percent(kl.dead)) of the gradients lies in parameters that no factor moves; they are left out of the KL "
          + "measure.")
    }
    if kl.heldOut == nil && plan.measures.contains(.heldOut) && kl.damping.kind != .none {
      if plan.factors != nil && plan.factors?.minibatches == nil {
        add(
          "no_held_out",
          "The file does not say which minibatch each factor row came from, so no held-out regret can be had.")
      } else if plan.factors == nil && audit.minibatchCount < 5 {
        add("no_held_out", "A held-out regret from the minibatch Fisher needs five gradients.")
      } else {
        add(
          "no_held_out",
          "Some pair of minibatches leaves no usable Fisher"
            + (plan.factors == nil && audit.minibatchCount > HeldOut.gradedLimit
              ? ", or lengths of gradients are too different for so many of them" : "")
            + ", so no held-out regret can be had.")
      }
    }
  }

  /// About what sketching has lost.
  mutating func addSketch(_ sketch: SketchSummary) {
    if let ratio = sketch.correction, 1 - ratio > SketchSummary.largestShare {
      add(
        "sketch_narrow",
        "The factors take up \(percent(1 - ratio)) of the sketch's \(sketch.width) numbers a row, and what is left says little "
          + "of the rest: capture with a wider sketch, or fewer factors.")
    }
    if let share = sketch.outsidePilotFactors, share > 0.01 {
      add(
        "outside_pilot",
        "\(percent(share)) of the factors lies in parameters in which all \(sketch.pilotRowCount) pilot rows are 0; they are "
          + "left out of the KL measure: capture with more pilot rows.")
    }
    if let excess = sketch.pilotExcess, excess > SketchSummary.largestExcess {
      add(
        "few_pilots",
        "Divided by what the pilot rows tell, factors are \(short(excess)) times as long (squared) as pilots are: the "
          + "\(sketch.pilotRowCount) pilot rows hardly moved some parameters, which then weigh too much, and the error from sketching is "
          + "larger than told. Capture with more pilot rows.")
    }
    if let error = sketch.lengthError, abs(error) > 0.05 + 6 * (2 / Double(sketch.width)).squareRoot() {
      add(
        "sketch_lengths",
        "Gradients are in the mean \(percent(abs(error))) \(error > 0 ? "longer" : "shorter") (squared) in the sketch than the file "
          + "says that they were: it was not made as FORMAT.md has it.")
    }
  }

  /// About how far the numbers can be trusted.
  mutating func addTrust(_ audit: Audit, _ plan: AuditPlan) {
    guard let kl = audit.kl, let inSample = kl.inSample else { return }
    if inSample.contrast == nil, audit.euclidean.map({ $0.contrast != nil }) ?? true {
      add(
        "negative_mean_gradient_square_kl",
        "In the Fisher metric the mean gradient drowns in noise: contrast and noise scale are not known there.")
    }
    // Between equal gradients both are rounding.
    let isRounding = inSample.regret.value < 1e-9 * inSample.norm.value
    if isRounding {
      // Neither says anything.
    } else if let estimate = kl.estimate {
      addSupport(of: estimate, kl, plan)
    } else if let heldOut = kl.heldOut?.regret.value, heldOut > 1.5 * inSample.regret.value {
      add(
        "too_few_factors",
        "Held-out regret \(short(heldOut)) is \(short(heldOut / inSample.regret.value)) times the in-sample "
          + "\(short(inSample.regret.value)): there are too few factor rows to tell the Fisher from these minibatches. "
          + "Neither is a bound on the true one: capture more factors until they meet.")
    }
    addDamping(audit, kl)
  }

  /// Why the population's estimate is not to be relied upon.
  private mutating func addSupport(of estimate: PopulationEstimate, _ kl: KLMeasures, _ plan: AuditPlan) {
    switch estimate.shortcoming {
    case nil where estimate.thin == nil:
      add(
        "thin_unknown",
        "A sketch does not tell how much of the gradients lies in parameters that few minibatches move, such as weights of inputs "
          + "that are hardly ever on. If much does, the estimate is off: record such tensors whole to know.")
    case nil: break
    case .fewMinibatches:
      add(
        "dominant_minibatches",
        "The means are made of about \(short(estimate.effectiveMinibatches)) minibatches, the others being small beside "
          + "them: no interval can be relied upon. Capture more minibatches, or larger ones.")
    case .thinCoordinates:
      add(
        "thin_coordinates",
        "\(percent(estimate.thin ?? 0)) of the gradients lies in parameters whose Fisher fewer than four minibatches make, such "
          + "as weights of inputs that are hardly ever on: what the population's is there can't be told, so its regret is not "
          + "known. Capture more minibatches, or choose tensors with --tensors.")
    case .fewFactors:
      var message =
        "There are too few factor rows for ρ = \(short(kl.damping.weight ?? 0)): \(percent(estimate.capped)) of the "
        + "Fisher's trace is that of single minibatches, so the population's regret is not known"
      if let supported = estimate.supported {
        let interval =
          supported.regret.interval.map { " (95% from \(short($0.low)) to \($0.high.map(short) ?? "∞"))" } ?? ""
        message +=
          ". At ρ = \(short(supported.weight)) they are enough, and it is \(short(supported.regret.value))\(interval)"
      }
      if let rows = estimate.factorRows, let there = plan.factors?.rows.rowCount {
        message += ". About \(rows) factor rows would do for this ρ; there are \(there)"
      }
      add("too_few_factors", message + ".")
    }
  }

  private mutating func addDamping(_ audit: Audit, _ kl: KLMeasures) {
    if let weight = kl.damping.weight, let path = audit.dampingPath {
      let near = path.filter { $0.weight >= weight / 3.5 && $0.weight <= weight * 3.5 }.compactMap(\.regret)
      if let low = near.min(), let high = near.max(), low > 0, high > 2 * low {
        add(
          "depends_on_damping",
          "The regret runs from \(short(low)) to \(short(high)) within a factor of about three around the damping "
            + "weight \(short(weight)): it says as much about the weight as about the network.")
      }
    }
    if kl.damping.kind == .identity {
      add(
        "identity_damping",
        "Identity damping changes with the parametrisation: rescaled layers give another regret. Diagonal damping "
          + "does not.")
    }
  }
}
