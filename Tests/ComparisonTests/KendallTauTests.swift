import Testing

@testable import Comparison

/// Every pair looked at, in the definition's own words.
private func plainTau(_ x: [Double], _ y: [Double], counts: (Int, Int) -> Bool = { _, _ in true }) -> Double? {
  var (concordant, discordant, tiedX, tiedY, pairs) = (0, 0, 0, 0, 0)
  for i in x.indices {
    for j in x.indices where j < i && counts(i, j) {
      pairs += 1
      let sign = (x[i] - x[j]) * (y[i] - y[j])
      if sign > 0 { concordant += 1 }
      if sign < 0 { discordant += 1 }
      if x[i] == x[j] { tiedX += 1 }
      if y[i] == y[j] { tiedY += 1 }
    }
  }
  let scale = (Double(pairs - tiedX) * Double(pairs - tiedY)).squareRoot()
  return scale > 0 ? Double(concordant - discordant) / scale : nil
}

@Suite("Kendall's rank correlation")
struct KendallTauTests {
  @Test("agrees with counting every pair, whatever the ties", arguments: 2..<40, [2, 4, 1_000])
  func everyPair(count: Int, values: Int) {
    var generator = TestGenerator(state: UInt64(count * 7 + values))
    for _ in 0..<20 {
      let x = (0..<count).map { _ in Double(Int.random(in: 0..<values, using: &generator)) }
      let y = (0..<count).map { _ in Double(Int.random(in: 0..<values, using: &generator)) }
      #expect(KendallTau.b(x, y) == plainTau(x, y))
    }
  }

  @Test(
    "of clusters drawn with replacement leaves out the pairs between two copies of one", arguments: [1, 2, 5],
    [3, 1_000])
  func resampled(size: Int, values: Int) {
    var generator = TestGenerator(state: UInt64(size + values))
    let labels = (0..<12).map { size == 5 ? [0, 0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 5][$0] : $0 / size }
    let (x, y) = (
      (0..<12).map { _ in Double(Int.random(in: 0..<values, using: &generator)) },
      (0..<12).map { _ in Double(Int.random(in: 0..<values, using: &generator)) }
    )
    let pairs = ResampledKendall(x, y, clusters: labels)
    let clusters = Set(labels).sorted().map { label in labels.indices.filter { labels[$0] == label } }
    for _ in 0..<50 {
      let drawn = clusters.indices.map { _ in Int.random(in: clusters.indices, using: &generator) }
      let members = drawn.flatMap { clusters[$0] }
      let copies = drawn.enumerated().flatMap { copy, cluster in clusters[cluster].map { _ in copy } }
      let found = pairs.b(Resample(members: members, times: clusters.indices.map { own in drawn.count { $0 == own } }))
      let expected = plainTau(members.map { x[$0] }, members.map { y[$0] }) { one, other in
        copies[one] == copies[other] || labels[members[one]] != labels[members[other]]
      }
      #expect(found == expected)
    }
  }

  @Test("takes hand-computed values")
  func byHand() {
    // 8 concordant, 2 discordant of 10.
    #expect(KendallTau.b([1, 2, 3, 4, 5], [3, 1, 2, 4, 5]) == 0.6)
    // Pairs: 5 concordant, none discordant, one tied in x: 5/√(5·6).
    #expect(abs(KendallTau.b([1, 1, 2, 3], [1, 2, 3, 4])! - 5 / 30.0.squareRoot()) < 1e-15)
    #expect(KendallTau.b([1, 2, 3], [3, 2, 1]) == -1)
  }

  /// Without ties it is the correlation of whether pairs are in z's order in x, and in y (Kendall 1942).
  @Test("given a third agrees with the fourfold table of pairs", arguments: 4..<20)
  func partial(count: Int) {
    var generator = TestGenerator(state: UInt64(count))
    for _ in 0..<20 {
      let (x, y, z) = (
        (0..<count).shuffled(using: &generator).map(Double.init),
        (0..<count).shuffled(using: &generator).map(Double.init),
        (0..<count).shuffled(using: &generator).map(Double.init)
      )
      var table = [[0.0, 0], [0, 0]]
      for i in 0..<count {
        for j in 0..<i {
          let isAlike = [x, y].map { ($0[i] < $0[j]) == (z[i] < z[j]) ? 1 : 0 }
          table[isAlike[0]][isAlike[1]] += 1
        }
      }
      let (rows, columns) = (table.map { $0[0] + $0[1] }, [table[0][0] + table[1][0], table[0][1] + table[1][1]])
      let rest = (rows[0] * rows[1] * columns[0] * columns[1]).squareRoot()
      let found = KendallTau.partial(x, y, given: z)
      guard rest > 0 else {
        #expect(found == nil)
        continue
      }
      let expected = (table[0][0] * table[1][1] - table[0][1] * table[1][0]) / rest
      #expect(abs(found! - expected) < 1e-12)
    }
  }

  @Test("given what a side is itself, or what has no order, is not known")
  func partialOfItself() {
    let (x, y) = ([1.0, 2, 3, 4, 5], [3.0, 1, 2, 4, 5])
    #expect(KendallTau.partial(x, y, given: x) == nil)
    #expect(KendallTau.partial(x, y, given: y.map { -$0 }) == nil)
    #expect(KendallTau.partial(x, y, given: [1, 1, 1, 1, 1]) == nil)
  }

  @Test("has no value without an order")
  func noOrder() {
    #expect(KendallTau.b([1, 1, 1], [1, 2, 3]) == nil)
    #expect(KendallTau.b([1], [1]) == nil)
    #expect(KendallTau.b([1, .nan, 2], [1, 2, 3]) == nil)
  }
}
