import Checkpoint
import Networks
import Testing

@Suite("A transformer", .tags(.gradients)) struct TransformerTests {
  static let model = { () -> Transformer<Double> in
    var generator = SplitMix64(seed: 4)
    return Transformer(vocabulary: 5, length: 4, width: 6, headCount: 2, layerCount: 2, using: &generator)
  }()
  static let sequences = [[1, 0, 3, 3, 2], [4, 4, 1], [0, 2, 1, 4, 4]]

  @Test func theGradientIsTheFiniteDifference() {
    let (_, gradient) = Self.model.lossAndGradient(over: Self.sequences)
    let differences = Self.model.parameters.indices.map { index in
      var (up, down) = (Self.model, Self.model)
      up.parameters[index] += 1e-6
      down.parameters[index] -= 1e-6
      return (up.lossAndGradient(over: Self.sequences).loss - down.lossAndGradient(over: Self.sequences).loss) / 2e-6
    }
    #expect(largestDifference(gradient, differences) < 1e-8)
  }

  @Test func aTokenSeesThoseBeforeItAlone() {
    let whole = Self.model.forward([[1, 0, 3, 3]]).logits
    let start = Self.model.forward([[1, 0]]).logits
    #expect(largestDifference(start, Array(whole[..<10])) < 1e-14)
    #expect(largestDifference(Array(whole[10...]), Array(Self.model.forward([[2, 0, 3, 3]]).logits[10...])) > 1e-3)
  }

  @Test func tensorsCoverTheParametersAndEmbeddingsAreTied() {
    #expect(Self.model.tensors.columns.last?.range.upperBound == Self.model.parameters.count)
    #expect(Self.model.tensors.map(\.name).filter { $0.contains("embedding") } == ["embedding"])
  }
}
