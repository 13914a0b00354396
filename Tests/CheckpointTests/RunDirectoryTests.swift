import Checkpoint
import Testing

@Suite("Checkpoints of a run") struct RunDirectoryTests {
  /// A checkpoint of nothing but what a run is checked for.
  private func checkpoint(
    _ file: String, run: String = "a", sequence: Int, step: Int, width: Int = 3
  ) -> (file: String, description: CheckpointDescription) {
    let matrix = StoredMatrix(
      path: "/gradients", rowCount: 2, columnCount: width, elementType: .float32, storage: .contiguous(offset: 0))
    let description = CheckpointDescription(
      creator: "", created: "", run: run, sequence: sequence, step: step, sampling: .fixed, likelihood: .unspecified,
      gradients: matrix, losses: [0, 0], batchSizes: [1, 1], minibatchSteps: nil, factors: [],
      tensors: [TensorLayout("w", shape: [width])].columns, parameters: nil, metrics: [:])
    return (file, description)
  }

  private func faults(_ checkpoints: [(file: String, description: CheckpointDescription)]) -> [String] {
    RunDirectory.faults(of: checkpoints).map(\.description)
  }

  @Test("are in order when nothing is missing, whatever their order in the directory")
  func inOrder() {
    let run = [
      checkpoint("step-00000020.h5", sequence: 2, step: 20), checkpoint("step-00000000.h5", sequence: 0, step: 0),
      checkpoint("step-00000010.h5", sequence: 1, step: 10), checkpoint("other.h5", run: "b", sequence: 0, step: 5),
    ]
    #expect(faults(run) == [])
  }

  @Test("that are missing are named by their numbers", arguments: [(0, "number 0"), (1, "number 1"), (2, "number 2")])
  func missing(sequence: Int, words: String) {
    var run = (0..<4).map { checkpoint("\($0).h5", sequence: $0, step: $0 * 10) }
    run.remove(at: sequence)
    #expect(faults(run) == ["\(sequence + 1).h5: run: \(words) of run a before it is missing"])
  }

  @Test("that are missing in a row are named together")
  func manyMissing() {
    let run = [checkpoint("0.h5", sequence: 0, step: 0), checkpoint("9.h5", sequence: 9, step: 9)]
    #expect(faults(run) == ["9.h5: run: numbers 1 to 8 of run a before it are missing"])
  }

  @Test("whose names were swapped are both named")
  func swapped() {
    let run = [
      checkpoint("step-00000000.h5", sequence: 1, step: 10), checkpoint("step-00000010.h5", sequence: 0, step: 0),
    ]
    #expect(
      faults(run) == [
        "step-00000000.h5: run: it is named for step 0, but holds step 10",
        "step-00000010.h5: run: it is named for step 10, but holds step 0",
      ])
  }

  @Test("that stand twice, go back or change their tensors are named")
  func twice() {
    #expect(
      faults([checkpoint("a.h5", sequence: 0, step: 0), checkpoint("b.h5", sequence: 0, step: 0)])
        == ["b.h5: run: it has the same number 0 in run a as a.h5"])
    #expect(
      faults([checkpoint("a.h5", sequence: 0, step: 5), checkpoint("b.h5", sequence: 1, step: 5)])
        == ["b.h5: run: step 5 does not come after step 5 of a.h5, the one before it in run a"])
    #expect(
      faults([checkpoint("a.h5", sequence: 0, step: 0), checkpoint("b.h5", sequence: 1, step: 1, width: 4)])
        == ["b.h5: run: its tensors are not those of a.h5, the one before it in run a"])
  }

  @Test("with numbers out of bounds do no harm")
  func outOfBounds() {
    let run = [checkpoint("a.h5", sequence: .min, step: 0), checkpoint("b.h5", sequence: .max, step: 1)]
    #expect(faults(run).count == 2)
  }

  private func abandoned(_ steps: [Int], sequences: [Int]? = nil, runs: [String]? = nil) -> [Int] {
    let checkpoints = steps.indices.map {
      checkpoint("f", run: runs?[$0] ?? "r", sequence: sequences?[$0] ?? $0, step: steps[$0]).description
    }
    let isAbandoned = RunDirectory.isAbandoned(checkpoints)
    return isAbandoned.indices.filter { isAbandoned[$0] }
  }

  @Test("that a resumed run went back behind are abandoned, and no others")
  func resumed() {
    #expect(abandoned([0, 100, 200, 300]).isEmpty)
    #expect(abandoned([0, 100, 200, 150]) == [2])
    #expect(abandoned([0, 100, 200, 100]) == [1, 2])
    #expect(abandoned([0, 100, 200, 0, 50, 20]) == [0, 1, 2, 4])
    #expect(abandoned([150, 200, 100, 0], sequences: [3, 2, 1, 0]) == [1])
    #expect(abandoned([0, 100, 200, 150], runs: ["a", "a", "a", "b"]).isEmpty)
    #expect(abandoned([5, 5], sequences: [0, 0]).isEmpty)
    #expect(abandoned([]).isEmpty)
  }
}
