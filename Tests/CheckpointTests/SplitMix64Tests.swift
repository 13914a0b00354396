import Checkpoint
import Testing

@Suite struct SplitMix64Tests {
  /// The first numbers of seed 1234567, as published with the reference implementation (Vigna, splitmix64.c).
  @Test func followsTheReference() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func normalNumbersHaveMeanZeroAndVarianceOne() {
    var generator = SplitMix64(seed: 1)
    let numbers = (0..<40_000).map { _ in generator.normal() }
    let mean = numbers.reduce(0, +) / 40_000
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / 40_000
    // Five standard errors.
    #expect(abs(mean) < 0.025)
    #expect(abs(variance - 1) < 0.036)
  }
}
