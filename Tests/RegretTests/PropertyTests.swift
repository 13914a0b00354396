import Checkpoint
import Regret
import Testing

@Suite("Whatever the numbers are", .tags(.property))
struct PropertyTests {
  static let irregular = RandomSample.all.filter {
    ["five, irregular", "seven, rows of other data", "minibatches without rows", "uneven groups", "ids out of order"]
      .contains($0.name)
  }
  static let dampings: [Damping] = [.auto, .none, .diagonal(0.05), .identity(0.05)]

  private func audit(
    _ sample: TestSample, _ kind: FisherKind, _ damping: Damping, keepsArrays: Bool = false
  ) throws -> Audit {
    try Audit(
      of: sample.input,
      options: AuditOptions(fisher: kind, damping: damping, measures: .all, keepsArrays: keepsArrays))
  }

  private func expect(
    _ found: Audit, _ expected: Figures, _ comment: String, tolerance: Double = 1e-8,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let lines = expected.disagreements(with: found.figures, tolerance: tolerance)
    #expect(lines.isEmpty, "\(comment): \(lines.prefix(8).joined(separator: "; "))", sourceLocation: sourceLocation)
  }

  @Test("the order of minibatches and of factor rows changes nothing", arguments: irregular, dampings)
  func permutation(random: RandomSample, damping: Damping) throws {
    let sample = random.sample.stored(as: .float64)
    var generator = TestGenerator(random.seed)
    let order = Array(sample.sizes.indices).shuffled(using: &generator)
    var permuted = sample
    permuted.gradients = sample.gradients.keeping(rows: order)
    permuted.sizes = order.map { sample.sizes[$0] }
    permuted.factors = sample.factors.mapValues { rows, ids in
      let shuffled = Array(0..<rows.rows).shuffled(using: &generator)
      return (
        rows.keeping(rows: shuffled),
        ids.map { ids in shuffled.map { ids[$0] < 0 ? -1 : order.firstIndex(of: ids[$0])! } }
      )
    }
    for kind in [FisherKind.exact, .minibatch] {
      var audit = try audit(permuted, kind, damping)
      // Each is told by its row, so the numbers go along with it.
      for (place, row) in order.enumerated() { audit.minibatches?[place].row = row }
      expect(audit, try self.audit(sample, kind, damping).expected(), kind.rawValue)
    }
  }

  @Test("regret and norm are linear in the gradients, angles do not move", arguments: irregular, dampings)
  func scaledGradients(random: RandomSample, damping: Damping) throws {
    let sample = random.sample.stored(as: .float64)
    var scaled = sample
    scaled.gradients = sample.gradients * 7.3
    let expected = try audit(sample, .sampled, damping).expected { key in
      switch measure(of: key) {
      case "regret", "norm", "rms_norm": 7.3
      case "mean_gradient_square", "noise", "tic": 7.3 * 7.3
      case "kl", "euclidean": key.hasPrefix("tensors.") ? 7.3 : 1
      default: 1
      }
    }
    expect(try audit(scaled, .sampled, damping), expected, "gradients alone")
  }

  @Test(
    "the KL measure does not change with the unit of a loss that made the factors too", arguments: irregular, dampings)
  func scaledLoss(random: RandomSample, damping: Damping) throws {
    let sample = random.sample.stored(as: .float64)
    for kind in [FisherKind.empirical, .minibatch] {
      // F takes the square of the unit with it, but for the part of `minibatch` that b gives its weight.
      let expected = try audit(sample, kind, damping).expected { key in
        let isKL = key.hasPrefix("kl.") || key.hasPrefix("damping_path.") || key.contains(".kl.")
        if isKL { return 1 }
        if key.hasPrefix("fisher.") {
          return ["fisher.trace", "fisher.largest_eigenvalue", "fisher.frobenius"].contains(key) ? 0.09 : 1
        }
        switch measure(of: key) {
        case "regret", "norm", "rms_norm", "euclidean": return 0.3
        case "mean_gradient_square", "noise": return 0.09
        default: return 1
        }
      }
      expect(try audit(sample.mapping { $0 * 0.3 }, kind, damping), expected, kind.rawValue)
    }
  }

  /// Three reflections: x − 2(vᵀx)v/‖v‖².
  private func rotation(_ columns: Int, seed: Int) -> DenseMatrix {
    var generator = TestGenerator(seed)
    var result = DenseMatrix.identity(columns)
    for _ in 0..<3 {
      let v = DenseMatrix([generator.normals(columns)], columns: columns)
      result = result * (DenseMatrix.identity(columns) - v.transposed * v * (2 / v.squaredNorm))
    }
    return result
  }

  @Test("an orthogonal map moves neither the Euclidean measure nor the KL measure under identity damping")
  func orthogonalMap() throws {
    let sample = RandomSample.all.first { $0.name == "ids out of order" }!.sample
    let map = rotation(sample.gradients.columns, seed: 5)
    let rotated = sample.mapping { $0 * map }
    for kind in [FisherKind.exact, .minibatch] {
      let before = try audit(sample, kind, .identity(0.02))
      let after = try audit(rotated, kind, .identity(0.02))
      let keeps = { (key: String) in
        !key.hasPrefix("tensors.") && !key.hasSuffix("normalized") && key != "kl.outside_range"
      }
      let lines = before.expected().filter { keeps($0.key) }
        .disagreements(with: after.figures.filter { keeps($0.key) }, tolerance: 1e-9)
      #expect(lines.isEmpty, "\(kind.rawValue): \(lines.joined(separator: "; "))")
      let diagonal = try audit(sample, kind, .diagonal(0.02)).kl!.inSample!.regret.value
      let moved = try audit(rotated, kind, .diagonal(0.02)).kl!.inSample!.regret.value
      #expect(abs(moved - diagonal) > 1e-3 * diagonal, "diagonal damping is not meant to be invariant here")
    }
  }

  @Test("without damping, any linear map leaves gradients within the range alone")
  func linearMap() throws {
    var sample = RandomSample(name: "", seed: 31, sizes: [2, 2, 2, 2], tensors: [6, 4], ids: RandomSample.even(4, 2))
      .sample
    let rows = sample.factors[.empirical]!.rows
    var generator = TestGenerator(8)
    // Rows in common, since means of rows of their own have cosines of zero here whatever the rows are.
    let mixture = DenseMatrix((0..<4).map { _ in generator.normals(8).map { $0 + 0.5 } }, columns: 8)
    sample.gradients = mixture * rows
    let map = DenseMatrix((0..<10).map { _ in generator.normals(10) }, columns: 10)
    let before = try audit(sample, .empirical, .none)
    let after = try audit(sample.mapping { $0 * map }, .empirical, .none)
    #expect(before.kl!.outsideRange! < 1e-12 && after.kl!.outsideRange! < 1e-9)
    let isKept = { (key: String) in key.hasPrefix("kl.in_sample") }
    let lines = before.expected().filter { isKept($0.key) }
      .disagreements(with: after.figures.filter { isKept($0.key) }, tolerance: 1e-7)
    #expect(lines.isEmpty, "\(lines.joined(separator: "; "))")
    #expect(abs(after.euclidean!.regret.value - before.euclidean!.regret.value) > 0.01)
  }

  @Test(
    "regret is never negative, cosines stay within 1, contrast is at least 1", arguments: RandomSample.all, dampings)
  func bounds(random: RandomSample, damping: Damping) throws {
    let sample = random.sample
    for kind in [FisherKind.exact, .minibatch] {
      let audit = try audit(sample, kind, damping, keepsArrays: true)
      let arrays = try #require(audit.arrays)
      for products in [arrays.euclidean, arrays.kl].compactMap({ $0 }) where products.count > 0 {
        let scale = (0..<products.count).map { products[$0, $0] }.max()!.squareRoot()
        #expect(products.regrets.values.allSatisfy { $0 >= -1e-9 * scale })
        #expect(products.cosines.values.allSatisfy { abs($0) <= 1 + 1e-9 })
        for i in 0..<products.count {
          for j in 0..<i { #expect(abs(products[i, j] - products[j, i]) <= 1e-9 * scale * scale) }
        }
      }
      if let cosines = arrays.heldOutCosine {
        #expect(cosines.values.allSatisfy { abs($0) <= 1 + 1e-9 })
        #expect(arrays.heldOutRegret!.values.allSatisfy { $0 >= -1e-9 })
      }
      for statistics in [audit.euclidean, audit.kl?.inSample].compactMap({ $0 }) {
        #expect(statistics.jensenRatio <= 1 + 1e-12)
        #expect(statistics.noise >= -1e-9 * statistics.rmsNorm * statistics.rmsNorm)
        if let contrast = statistics.contrast { #expect(contrast >= 1 - 1e-9) }
      }
      if let contrast = audit.fisher?.contrast {
        // Norms are convex: a mean is no larger than the mean of the norms.
        for ratio in [
          contrast.largestEigenvalue, contrast.frobenius, contrast.largestEigenvalueNormalized,
          contrast.frobeniusNormalized,
        ] {
          #expect(ratio >= 1 - 1e-9)
        }
        if let gap = contrast.logVolumeGap { #expect(gap >= -1e-9) }
      }
      if let fisher = audit.fisher {
        #expect(fisher.effectiveRank >= 1 - 1e-9 && fisher.effectiveRank <= Double(audit.parameterCount) + 1e-9)
      }
      if let kl = audit.kl {
        #expect((0...1).contains(kl.dead) && (0...1).contains(kl.outsideRange!))
      }
    }
  }

  @Test("gradients that are all the same regret nothing", arguments: [FisherKind.exact, .empirical])
  func sameGradients(kind: FisherKind) throws {
    var sample = RandomSample.all.first { $0.name == "ids out of order" }!.sample
    sample.gradients = sample.gradients.keeping(rows: [2, 2, 2, 2, 2])
    let audit = try audit(sample, kind, .auto)
    for statistics in [audit.euclidean!, audit.kl!.inSample!] {
      #expect(abs(statistics.regret.value) <= 1e-12 * statistics.norm.value)
      #expect(abs(statistics.cosine.value - 1) <= 1e-12)
      #expect(abs(statistics.noise) <= 1e-12 * statistics.rmsNorm * statistics.rmsNorm)
    }
    #expect(abs(audit.kl!.heldOut!.regret.value) <= 1e-9 * audit.kl!.inSample!.norm.value)
  }

  @Test("minibatches that come twice regret nothing of each other", arguments: dampings)
  func repeatedMinibatches(damping: Damping) throws {
    var sample = RandomSample.all.first { $0.name == "seven, rows of other data" }!.sample
    sample.gradients = sample.gradients.keeping(rows: [0, 1, 2, 0, 1, 2, 6])
    for kind in [FisherKind.sampled, .minibatch] {
      let arrays = try audit(sample, kind, damping, keepsArrays: true).arrays!
      for regrets in [arrays.euclidean!.regrets, arrays.kl!.regrets] {
        for i in 0..<3 { #expect(abs(regrets[i, i + 3]) < 1e-9 && abs(regrets[i + 3, i]) < 1e-9) }
      }
    }
  }

  @Test("Euclidean Gram matrices of tensors add up to the whole's")
  func additivity() throws {
    let sample = RandomSample.all.first { $0.name == "uneven groups" }!.sample
    func gram(_ input: AuditInput) throws -> [Double] {
      try Audit(of: input, options: AuditOptions(measures: .regret, keepsArrays: true)).arrays!.euclidean!.values
    }
    let whole = try gram(sample.input)
    let parts = try sample.tensors.map { tensor in
      try gram(try #require(sample.input.selecting { $0.name == tensor.name }))
    }
    for index in whole.indices {
      #expect(abs(parts.reduce(0) { $0 + $1[index] } - whole[index]) <= 1e-13 * whole.map(abs).max()!)
    }
  }
}
