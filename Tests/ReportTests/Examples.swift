import Checkpoint
import Regret
import Report

/// Reports of audits of random rows.
enum Example {
  /// A generator that gives the same numbers everywhere.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  static func checkpoint(
    file: String = "run/step-00000120.h5", run: String = "a-run", step: Int = 120, seed: UInt64 = 1,
    tensors: [TensorLayout] = [.init("hidden.weight", shape: [3, 4]), .init("output.bias", shape: [5])],
    minibatches: Int = 8, kind: FisherKind? = .exact, metrics: [String: Double] = ["train_loss": 0.5],
    groups: MinibatchGroups? = nil, batchSize: Int = 32, configuration: RunConfiguration = .init(),
    batchHashes: [UInt64]? = nil,
    options: AuditOptions = AuditOptions()
  ) throws -> CheckpointReport {
    var generator = Generator(state: seed)
    let columns = tensors.columns
    let count = columns.reduce(0) { $0 + $1.count }
    func rows(_ number: Int) -> ArrayBlocks<Double> {
      ArrayBlocks(
        (0..<(number * count)).map { 0.5 + Double.random(in: -1...1, using: &generator) + Double($0 % 3) * 0.2 },
        columnCount: count)
    }
    let gradients = rows(minibatches)
    let factors = kind.map {
      FactorRows(kind: $0, rows: rows(4 * minibatches), minibatches: (0..<(4 * minibatches)).map { $0 / 4 })
    }
    var input = AuditInput(
      gradients: gradients, batchSizes: [Int](repeating: batchSize, count: minibatches), tensors: columns,
      factors: factors.map { [$0] } ?? [])
    input.groups = groups
    input.losses = [Double](repeating: 1, count: minibatches)
    input.parameters = ArrayBlocks(
      (0..<count).map { Double($0 * 7 % 11) / 10 - 0.5 }, columnCount: count, name: "/parameters")
    let stored = StoredMatrix(
      path: "/gradients", rowCount: minibatches, columnCount: count, elementType: .float64,
      storage: .contiguous(offset: 0))
    let description = CheckpointDescription(
      creator: "test", created: "2026-01-01T00:00:00Z", run: run, sequence: step, step: step, sampling: .fixed,
      likelihood: .categorical, gradients: stored, losses: [Double](repeating: 1, count: minibatches),
      batchSizes: input.batchSizes, minibatchSteps: nil, factors: [], tensors: columns, parameters: nil,
      metrics: metrics, groups: groups, configuration: configuration, batchHashes: batchHashes)
    return CheckpointReport(
      file: file, isVerified: false, description: description, audit: try Audit(of: input, options: options))
  }
}
