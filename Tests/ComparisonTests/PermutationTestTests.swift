import Comparison
import Testing

@Suite("Permutation test")
struct PermutationTestTests {
  @Test("counts every pairing of few members")
  func exact() throws {
    // Of the 24 orders of 4 members, only the identity and its reverse reach |τ| = 1; 8 reach 2/3 or more.
    let perfect = try #require(PermutationTest([1, 2, 3, 4], [1, 2, 3, 4]))
    #expect(perfect.isExact)
    #expect(perfect.pValue == 2.0 / 24)
    let good = try #require(PermutationTest([1, 2, 3, 4], [1, 2, 4, 3]))
    #expect(good.pValue == 8.0 / 24)
  }

  @Test("draws pairings of many members, near the known tail")
  func drawn() throws {
    // n = 10, C − D = 27: 30,239 of the 10! = 3,628,800 orders have 9 inversions or fewer, and as many 36 or more.
    let x = (0..<10).map(Double.init)
    let y: [Double] = [4, 0, 1, 5, 3, 2, 6, 9, 7, 8]
    #expect(KendallTau.b(x, y) == 27.0 / 45)
    let test = try #require(PermutationTest(x, y, draws: 12_000, seed: 3))
    #expect(!test.isExact)
    #expect(abs(test.pValue - 2 * 30_239 / 3_628_800) < 0.006)
  }

  @Test("repeats for a seed")
  func repeats() {
    let x = (0..<12).map(Double.init)
    let y = x.map { ($0 * 7).truncatingRemainder(dividingBy: 12) }
    #expect(PermutationTest(x, y, draws: 500, seed: 1) == PermutationTest(x, y, draws: 500, seed: 1))
    #expect(PermutationTest(x, y, draws: 500, seed: 1) != PermutationTest(x, y, draws: 500, seed: 2))
  }

  @Test("does not count copies of a run as evidence")
  func clusters() throws {
    // Four settings in perfect order, six seeds each: as single runs overwhelming, as settings 2 orders of 24.
    let settings = (0..<24).map { $0 / 6 }
    let x = settings.map(Double.init)
    let single = try #require(PermutationTest(x, x, draws: 2_000))
    let clustered = try #require(PermutationTest(x, x, clusters: settings, draws: 8_000))
    #expect(single.pValue < 0.001)
    #expect(abs(clustered.pValue - 2.0 / 24) < 0.015)
  }

  @Test("of settings with different numbers of seeds is that of their means")
  func unequalClusters() throws {
    let settings = (0..<10).flatMap { setting in [Int](repeating: setting, count: setting + 1) }
    let x = settings.map(Double.init)
    let y = settings.indices.map { x[$0] + 0.01 * Double($0 % 3) }
    let test = try #require(PermutationTest(x, y, clusters: settings, draws: 4_000))
    let means = (0..<10).map { setting in
      let own = settings.indices.filter { settings[$0] == setting }
      return own.reduce(0) { $0 + y[$1] } / Double(own.count)
    }
    #expect(test.pValue == PermutationTest((0..<10).map(Double.init), means, draws: 4_000)?.pValue)
    #expect(test.pValue < 0.001)
    // Few settings: every pairing is counted.
    let few = try #require(PermutationTest([1, 1, 2, 3, 4], [1, 2, 5, 6, 7], clusters: [0, 0, 1, 2, 3]))
    #expect(few.isExact && few.pValue == 2.0 / 24)
  }
}
