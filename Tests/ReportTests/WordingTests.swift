import Checkpoint
import Regret
import Testing

@testable import Report

@Suite("The first sentence and the setting")
struct WordingTests {
  @Test("says that nothing can be told from chance exactly where the interval holds 0", arguments: [0.02, 0.5])
  func chance(cosine: Double) throws {
    var checkpoint = try Example.checkpoint()
    let estimate = Estimate(
      value: cosine, standardError: 0.05, interval: .init(low: cosine - 0.1, high: cosine + 0.1))
    checkpoint.audit.kl?.estimate?.shortcoming = nil
    checkpoint.audit.kl?.estimate?.cosine = estimate
    let headline = Wording(checkpoint).headline
    #expect(headline.contains("± 10%"))
    #expect(headline.contains("No agreement can be told from chance.") == (cosine < 0.1))
  }

  @Test("takes the held-out number where the estimate is not supported")
  func unsupported() throws {
    var checkpoint = try Example.checkpoint()
    checkpoint.audit.kl?.estimate?.shortcoming = .fewFactors
    #expect(Wording(checkpoint).headline.contains("measured held-out"))
    checkpoint.audit.kl?.estimate?.shortcoming = nil
    #expect(!Wording(checkpoint).headline.contains("held-out"))
  }

  @Test("gives the range of sizes that differ, with the mean that is used")
  func sizes() throws {
    var checkpoint = try Example.checkpoint()
    #expect(!Wording(checkpoint).setting.contains("harmonic"))
    checkpoint.description.batchSizes = [16, 32, 32, 32, 32, 32, 32, 48]
    checkpoint.audit.batchSize = 29.0
    #expect(Wording(checkpoint).setting.contains("minibatches of 16 to 48 (harmonic mean 29)"))
  }
}
