internal import Benchmark
internal import Checkpoint
internal import Regret

/// Parts of an audit on rows in memory, by google/swift-benchmark: `Micro --filter gram`, `Micro --help`.
@main
enum Main {
  static func main() {
    let gram = BenchmarkSuite(name: "gram") { suite in
      for (rows, columns) in [(64, 1 << 19), (256, 1 << 17), (512, 1 << 16), (1024, 1 << 14)] {
        // Half of the rows are factors; nothing but the regret is asked for, so nearly all is the pass.
        let input = AuditInput(gradients: rows / 2, factors: rows / 2, columns: columns)
        let operations = Double(columns) * (Double(rows * rows) * 1.25)
        suite.benchmark(
          "\(rows) rows of \(columns) (\(Int(operations / 1e6)) million operations)", settings: Iterations(5)
        ) {
          _ = try Audit(of: input, options: AuditOptions(damping: .diagonal(0.1), measures: .regret))
        }
      }
    }
    let heldOut = BenchmarkSuite(name: "held-out") { suite in
      let input = AuditInput(gradients: 256, factors: 2_560, columns: 4_096)
      suite.benchmark("256 gradients, 2560 factors", settings: Iterations(3)) {
        _ = try Audit(
          of: input, options: AuditOptions(damping: .diagonal(0.1), measures: [.regret, .heldOut], solver: .gram))
      }
    }
    Benchmark.main([gram, heldOut], customDefaults: defaultSettings + [TimeUnit(.ms)])
  }
}

extension AuditInput {
  /// Uniform numbers around a common mean.
  fileprivate init(gradients: Int, factors: Int, columns: Int) {
    var generator = SplitMix64(seed: 1)
    func rows(_ count: Int) -> ArrayBlocks<Float> {
      let tile = (0..<65_521).map { _ in Float(generator.uniform() - 0.4) }
      return ArrayBlocks((0..<(count * columns)).map { tile[$0 % tile.count] }, columnCount: columns)
    }
    self.init(
      gradients: rows(gradients), batchSizes: [Int](repeating: 32, count: gradients),
      tensors: [TensorLayout("all", shape: [columns])].columns,
      factors: [
        FactorRows(kind: .exact, rows: rows(factors), minibatches: (0..<factors).map { $0 * gradients / factors })
      ])
  }
}
