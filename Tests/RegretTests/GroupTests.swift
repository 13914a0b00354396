import Checkpoint
import Foundation
import Regret
import Testing

@Suite("Groups of minibatches", .tags(.property))
struct GroupTests {
  /// Minibatches of three groups in no order, with factor rows of all and of other data.
  private static func sample(
    rows: Int = 5, count: Int = 15, columns: [Int] = [9, 8, 4], storage: ElementType = .float64
  ) -> (TestSample, MinibatchGroups) {
    let random = RandomSample(
      name: "groups", seed: 71, sizes: [Int](repeating: 4, count: count), tensors: columns,
      ids: RandomSample.even(count, rows) + [-1, -1], storage: storage, zeroGradients: [4])
    let ids = (0..<count).map { [1, 0, 2, 1, 0, 1, 2][$0 % 7] }
    return (random.sample, MinibatchGroups(names: ["a", "b", "c"], ids: ids))
  }

  private static func grouped(_ sample: TestSample, _ groups: MinibatchGroups) -> AuditInput {
    var input = sample.input
    input.groups = groups
    return input
  }

  /// The minibatches of one group alone, with its factor rows and those of other data.
  private static func alone(_ sample: TestSample, _ groups: MinibatchGroups, _ name: String) -> TestSample {
    let kept = groups.members[groups.names.firstIndex(of: name)!]
    var part = sample
    part.gradients = sample.gradients.keeping(rows: kept)
    part.sizes = kept.map { sample.sizes[$0] }
    part.factors = sample.factors.mapValues { rows, ids in
      let own = ids!.indices.filter { ids![$0] < 0 || kept.contains(ids![$0]) }
      return (rows.keeping(rows: own), own.map { ids![$0] < 0 ? -1 : kept.firstIndex(of: ids![$0])! })
    }
    return part
  }

  @Test(
    "the headline is that of the reference group alone", arguments: ["a", "b", "c"],
    [SolverChoice.gram, .primal, .cg])
  func headline(name: String, solver: SolverChoice) throws {
    let (sample, groups) = Self.sample()
    for damping in [Damping.auto, .diagonal(0.1), .identity(0.1), .diagonal(1)] {
      let options = AuditOptions(fisher: .exact, damping: damping, solver: solver, reference: name)
      let whole = try Audit(of: Self.grouped(sample, groups), options: options)
      let alone = try Audit(
        of: Self.alone(sample, groups, name).input,
        options: AuditOptions(fisher: .exact, damping: damping, solver: solver))
      // A zero gradient of another group touches no column, and what tensors have live does not depend on the group.
      let figures = whole.figures(ofRows: groups.members[groups.names.firstIndex(of: name)!])
      let lines = alone.expected().disagreements(with: figures, tolerance: 1e-9)
      #expect(lines.isEmpty, "\(damping): \(lines.prefix(8).joined(separator: "; "))")
      let own = try #require(whole.groups).pair(whole.groups!.reference, whole.groups!.reference)
      for (one, other) in [
        (own.euclidean?.regret, whole.euclidean?.regret), (own.inSample?.cosine, whole.kl?.inSample?.cosine),
        (own.heldOut?.regret, whole.kl?.heldOut?.regret), (own.estimate?.regret, whole.kl?.estimate?.regret),
      ] {
        let (one, other) = (try #require(one), try #require(other))
        #expect(abs(one.value - other.value) <= 1e-11 * abs(one.value))
        #expect(abs(one.standardError! - other.standardError!) <= 1e-9 * one.standardError!)
      }
    }
  }

  @Test(
    "the minibatch Fisher is of the reference group alone", arguments: ["a", "b", "c"], [Damping.auto, .identity(0.1)])
  func minibatch(name: String, damping: Damping) throws {
    let (sample, groups) = Self.sample(storage: .float32)
    let whole = try Audit(
      of: Self.grouped(sample, groups), options: AuditOptions(fisher: .minibatch, damping: damping, reference: name))
    let alone = try Audit(
      of: Self.alone(sample, groups, name).input, options: AuditOptions(fisher: .minibatch, damping: damping))
    let figures = whole.figures(ofRows: groups.members[groups.names.firstIndex(of: name)!])
    let lines = alone.expected().disagreements(with: figures, tolerance: 1e-8)
    #expect(lines.isEmpty, "\(lines.prefix(8).joined(separator: "; "))")
    // A held-out regret needs five gradients in the Fisher's group.
    #expect((whole.groups?.pair(0, 1).heldOut != nil) == (alone.kl?.heldOut != nil))
  }

  /// Where the tiles of downdates change: sides of 512 rows, minibatches with and without rows of their own.
  @Test("pairs across are those of a Fisher that saw neither", arguments: [63, 64, 65, 128, 129], [true, false])
  func tiles(rows: Int, hasRows: Bool) throws {
    var (sample, groups) = Self.sample(rows: rows, count: 14, columns: [20])
    let validation = Set(groups.members[2])
    if !hasRows {
      sample.factors = sample.factors.mapValues { factors, ids in
        let kept = ids!.indices.filter { !validation.contains(ids![$0]) }
        return (factors.keeping(rows: kept), kept.map { ids![$0] })
      }
    }
    let options = AuditOptions(
      fisher: .exact, damping: .diagonal(0.05), measures: [.regret, .heldOut], solver: .gram, fisherGroup: .all)
    let audit = try Audit(of: Self.grouped(sample, groups), options: options)
    let found = try #require(audit.groups?.pair(0, 2).heldOut)
    let fisher = DenseFisher(
      .exact, gradients: sample.gradients, sizes: sample.sizes, factors: sample.factors[.exact]!.rows,
      ids: sample.factors[.exact]!.ids)
    let damping = ResolvedDamping(kind: .diagonal, weight: 0.05)
    var sum = 0.0
    var count = 0.0
    for i in groups.members[0] where i != 4 {
      for j in groups.members[2] where j != 4 {
        let q = fisher.quadratic(sample.gradients.keeping(rows: [i, j]), damping, fisher.without(i, j))
        sum += q[1, 1].squareRoot() - q[0, 1] / q[0, 0].squareRoot()
        count += 1
      }
    }
    #expect(abs(found.regret.value - sum / count) <= 1e-9 * sum / count)
  }

  /// Regrets from `from` to `to` of minibatches whose inner products are `q`, without minibatch `leaving`.
  private static func regrets(_ q: DenseMatrix, _ from: [Int], _ to: [Int], leaving: Int? = nil) -> [Double] {
    from.flatMap { i in
      to.filter { $0 != i && $0 != leaving && i != leaving }.map { j in
        max(0, q[j, j].squareRoot() - q[i, j] / q[i, i].squareRoot())
      }
    }
  }

  /// The mean cosine between different minibatches of `from` and `to` whose inner products are `q`.
  private static func cosine(_ q: DenseMatrix, _ from: [Int], _ to: [Int], leaving: Int? = nil) -> Double {
    let terms = from.flatMap { i in
      to.filter { $0 != i && $0 != leaving && i != leaving }.map { j in
        q[i, j] / (q[i, i].squareRoot() * q[j, j].squareRoot())
      }
    }
    return terms.reduce(0, +) / Double(terms.count)
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  @Test(
    "medians, geometric means, losses and other ρ of what crosses are what their definitions say", .tags(.reference),
    arguments: [0.0, 2])
  func otherSummaries(common: Double) throws {
    var (sample, groups) = Self.sample()
    // What all gradients have in common makes cosines large enough to be divided by.
    for row in 0..<sample.gradients.rows where row != 4 {
      for column in 0..<sample.gradients.columns { sample.gradients[row, column] += common }
    }
    var input = Self.grouped(sample, groups)
    input.losses = (0..<sample.sizes.count).map { 1 + 0.1 * Double($0 * $0 % 7) }
    let options = AuditOptions(
      fisher: .exact, damping: .diagonal(0.05), measures: [.regret, .path], reference: "b", fisherGroup: .all)
    let audit = try Audit(of: input, options: options)
    let measures = try #require(audit.groups)
    let fisher = DenseFisher(
      .exact, gradients: sample.gradients, sizes: sample.sizes, factors: sample.factors[.exact]!.rows,
      ids: sample.factors[.exact]!.ids)
    func q(_ weight: Double) -> DenseMatrix {
      fisher.quadratic(sample.gradients, ResolvedDamping(kind: .diagonal, weight: weight))
    }
    let euclidean = sample.gradients * sample.gradients.transposed
    let members = groups.members.map { $0.filter { $0 != 4 } }
    for from in 0..<3 {
      for to in 0..<3 {
        let pair = measures.pair(from, to)
        for (q, found) in [(euclidean, pair.euclidean), (q(0.05), pair.inSample)] {
          let found = try #require(found)
          func geometric(_ leaving: Int?) -> Double {
            func mean(_ to: Int) -> Double {
              // The least that counts is settled with all of them.
              let floor = 1e-6 * Self.regrets(q, members[from], members[to]).max()!
              let terms = Self.regrets(q, members[from], members[to], leaving: leaving)
              return exp(terms.reduce(0) { $0 + log(max(floor, $1)) } / Double(terms.count))
            }
            return mean(to) - mean(from)
          }
          let median =
            Self.median(Self.regrets(q, members[from], members[to]))
            - Self.median(Self.regrets(q, members[from], members[from]))
          let size = q.diagonal.max()!.squareRoot()
          #expect(abs(found.medianExcess! - median) <= 1e-9 * size)
          let geometricMean = try #require(found.geometricMeanExcess)
          #expect(abs(geometricMean.value - geometric(nil)) <= 1e-8 * size)
          let variance = Set([from, to]).reduce(0.0) { sum, group in
            let left = members[group].map(geometric)
            let mean = left.reduce(0, +) / Double(left.count)
            return sum + left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(left.count - 1) / Double(left.count)
          }
          #expect(abs(geometricMean.standardError! - variance.squareRoot()) <= 1e-8 * size)
        }
        guard from != to else {
          #expect(pair.lossExcess == nil)
          continue
        }
        // A gradient of zero has a loss.
        let losses = [from, to].map { group in groups.members[group].map { input.losses[$0] } }
        let means = losses.map { $0.reduce(0, +) / Double($0.count) }
        let variance = zip(losses, means).reduce(0) { sum, group in
          let count = Double(group.0.count)
          return sum + group.0.reduce(0) { $0 + ($1 - group.1) * ($1 - group.1) } / (count - 1) / count
        }
        let excess = try #require(pair.lossExcess)
        #expect(abs(excess.value - (means[1] - means[0])) <= 1e-14)
        #expect(abs(excess.standardError! - variance.squareRoot()) <= 1e-13)
      }
    }
    var known = 0
    for point in try #require(audit.dampingPath) {
      let q = q(point.weight)
      let own = Self.cosine(q, members[1], members[1])
      let left = members[1].map { Self.cosine(q, members[1], members[1], leaving: $0) }
      let mean = left.reduce(0, +) / Double(left.count)
      let error = (left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(left.count - 1) / Double(left.count))
        .squareRoot()
      let transfers = try #require(point.transfers)
      #expect(transfers.map(\.group) == ["a", "c"])
      for (other, found) in zip([0, 2], transfers) {
        func mean(_ to: Int) -> Double {
          let terms = Self.regrets(q, members[1], members[to])
          return terms.reduce(0, +) / Double(terms.count)
        }
        let expected = mean(other) - mean(1)
        #expect(abs(found.excess! - expected) <= 1e-8 * q.diagonal.max()!.squareRoot(), "ρ = \(point.weight)")
        guard own > 2 * error else {
          #expect(found.transfer == nil, "ρ = \(point.weight)")
          continue
        }
        known += 1
        let transfer = Self.cosine(q, members[1], members[other]) / own
        #expect(abs(try #require(found.transfer) - transfer) <= 1e-8 / own, "ρ = \(point.weight)")
      }
    }
    #expect(common == 0 || known > 0)
    let alone = try Audit(
      of: sample.input, options: AuditOptions(damping: .diagonal(0.05), measures: [.regret, .path]))
    #expect(alone.dampingPath!.allSatisfy { $0.transfers == nil })
  }

  @Test("losses that are not known, or not finite, are not compared", arguments: [[], [Double.nan], [1.7e308]])
  func unknownLosses(_ first: [Double]) throws {
    let (sample, groups) = Self.sample()
    var input = Self.grouped(sample, groups)
    let isHuge = first == [1.7e308]
    let ids = groups.ids
    input.losses =
      first.isEmpty ? [] : isHuge ? ids.map { $0 == 1 ? 1.7e308 : 1 } : first + ids.dropFirst().map { _ in 1 }
    let measures = try #require(
      try Audit(of: input, options: AuditOptions(damping: .diagonal(0.1), measures: .regret)).groups)
    // The first minibatch is of group b.
    #expect(measures.pair(1, 0).lossExcess == nil && measures.pair(0, 1).lossExcess == nil)
    #expect((measures.pair(0, 2).lossExcess != nil) == !first.isEmpty)
  }

  @Test("the same bits for any number of workers")
  func workers() throws {
    let (sample, groups) = Self.sample()
    let all = try [1, 2, 7].map { count in
      try Audit(
        of: Self.grouped(sample, groups), options: AuditOptions(workerCount: count, fisherGroup: .all)
      ).groups
    }
    #expect(all[0] != nil && all[0] == all[1] && all[0] == all[2])
  }

  @Test("rows in another order say the same")
  func order() throws {
    let (sample, groups) = Self.sample()
    let order = (0..<groups.ids.count).map { ($0 * 4 + 3) % groups.ids.count }
    var moved = sample
    moved.gradients = sample.gradients.keeping(rows: order)
    moved.factors = sample.factors.mapValues { rows, ids in
      (rows, ids!.map { $0 < 0 ? -1 : order.firstIndex(of: $0)! })
    }
    let options = AuditOptions(fisher: .sampled, reference: "b")
    let one = try #require(try Audit(of: Self.grouped(sample, groups), options: options).groups)
    let other = try #require(
      try Audit(
        of: Self.grouped(moved, MinibatchGroups(names: groups.names, ids: order.map { groups.ids[$0] })),
        options: options
      ).groups)
    for (first, second) in zip(one.pairs, other.pairs) {
      for table in [\GroupTransfer.euclidean, \.inSample, \.heldOut] {
        let (a, b) = (try #require(first[keyPath: table]), try #require(second[keyPath: table]))
        #expect(abs(a.regret.value - b.regret.value) < 1e-10 && abs(a.cosine.value - b.cosine.value) < 1e-10)
        #expect(abs(a.regret.standardError! - b.regret.standardError!) < 1e-10)
      }
    }
  }

  /// Minibatches of each group, factor rows of each of the first, parameters and ρ.
  struct Alike: CustomTestStringConvertible, Sendable {
    let (train, validation, rows, columns): (Int, Int, Int, Int)
    let weight: Double
    var testDescription: String {
      "\(train) and \(validation) minibatches, \(rows) rows each, P = \(columns), ρ = \(weight)"
    }
  }

  /// `DRAWS=150` takes the long form, and `--attachments-path` keeps what docs/estimate tells of it.
  @Test(
    "equal groups differ by no more than chance",
    arguments: [
      Alike(train: 10, validation: 10, rows: 6, columns: 15, weight: 0.3),
      Alike(train: 24, validation: 12, rows: 6, columns: 40, weight: 0.1),
      Alike(train: 48, validation: 24, rows: 4, columns: 40, weight: 0.05),
    ])
  func nothing(alike: Alike) throws {
    let draws = ProcessInfo.processInfo.environment["DRAWS"].flatMap(Int.init) ?? 20
    var held = 0
    var shares: [(value: Double, holds: Bool)] = []
    var (excess, regret) = (0.0, 0.0)
    for seed in 1...draws {
      let count = alike.train + alike.validation
      let sample = RandomSample(
        name: "alike", seed: seed, sizes: [Int](repeating: 4, count: count), tensors: [alike.columns],
        ids: RandomSample.even(alike.train, alike.rows)
      ).sample
      var input = sample.input
      input.groups = MinibatchGroups(names: ["train", "validation"], ids: (0..<count).map { $0 < alike.train ? 0 : 1 })
      let options = AuditOptions(
        fisher: .sampled, damping: .diagonal(alike.weight), measures: [.regret, .estimate], findsSupport: false)
      let found = try #require(try Audit(of: input, options: options).groups?.pair(0, 1).estimate)
      let own = try #require(found.excess)
      excess += own.value
      regret += found.regret.value
      if own.interval!.low <= 0, 0 <= own.interval!.high! { held += 1 }
      if let share = found.transfer {
        shares.append((share.value, share.interval!.low <= 1 && 1 <= share.interval!.high!))
      }
    }
    let mean = shares.reduce(0) { $0 + $1.value } / Double(shares.count)
    Attachment.record(
      Array(
        """
        \(alike.testDescription): the interval of the excess holds 0 in \(held) of \(draws) draws, its mean is \(excess / regret) of the \
        regret; that of the transfer holds 1 in \(shares.count { $0.holds }) of \(shares.count), its mean is \(mean)

        """.utf8), named: "groups-\(alike.train).txt")
    // As many as 95% would leave out once in a thousand times.
    let allowed = Int(0.05 * Double(draws) + 3.1 * (0.0475 * Double(draws)).squareRoot())
    #expect(draws - held <= allowed, "\(held) of \(draws)")
    #expect(shares.count { !$0.holds } <= allowed)
    #expect(abs(excess / regret) < 0.05 && abs(mean - 1) < 0.2)
  }

  @Test("names that are no group's, or where there are none, are told")
  func names() throws {
    let (sample, groups) = Self.sample()
    #expect(throws: AuditError.unknownGroup("d", available: ["a", "b", "c"])) {
      try Audit(of: Self.grouped(sample, groups), options: AuditOptions(reference: "d"))
    }
    #expect(throws: AuditError.noGroups(asked: "a")) {
      try Audit(of: sample.input, options: AuditOptions(fisherGroup: .named("a")))
    }
  }

  @Test("one minibatch in a group has no numbers within, and has them across")
  func single() throws {
    let (sample, groups) = Self.sample()
    let ids = groups.ids.enumerated().map { $0.offset == 0 ? 1 : 0 }
    let audit = try Audit(
      of: Self.grouped(sample, MinibatchGroups(names: ["many", "one"], ids: ids)), options: AuditOptions())
    let measures = try #require(audit.groups)
    #expect(measures.pair(1, 1).euclidean == nil && measures.pair(1, 1).inSample == nil)
    let across = try #require(measures.pair(0, 1).inSample)
    #expect(across.excess != nil && across.regret.standardError == nil)
    #expect(measures.pair(1, 0).inSample?.excess == nil && measures.pair(1, 0).inSample?.transfer == nil)
    #expect(audit.warnings.contains { $0.code == "single_minibatch_group" })
    // It may be the reference itself.
    let other = try Audit(
      of: Self.grouped(sample, MinibatchGroups(names: ["many", "one"], ids: ids)),
      options: AuditOptions(reference: "one", fisherGroup: .all))
    #expect(other.euclidean == nil && other.groups?.pair(0, 1).euclidean != nil)
    #expect(other.warnings.contains { $0.code == "too_few_gradients" })
  }

  @Test("factors of other groups are not taken for the Fisher's, and unlike sizes are told")
  func warnings() throws {
    var (sample, groups) = Self.sample()
    let own = Set(groups.members[0])
    sample.factors = sample.factors.mapValues { rows, ids in
      let kept = ids!.indices.filter { own.contains(ids![$0]) }
      return (rows.keeping(rows: kept), kept.map { ids![$0] })
    }
    sample.sizes[groups.members[1][0]] = 9
    let audit = try Audit(of: Self.grouped(sample, groups), options: AuditOptions(reference: "b"))
    #expect(audit.kl?.fisher == .minibatch)
    #expect(audit.warnings.contains { $0.code == "factors_of_other_groups" && $0.message.contains("--fisher-group") })
    #expect(audit.warnings.contains { $0.code == "uneven_groups" })
    #expect(throws: AuditError.self) {
      try Audit(of: Self.grouped(sample, groups), options: AuditOptions(fisher: .exact, reference: "b"))
    }
  }
}
