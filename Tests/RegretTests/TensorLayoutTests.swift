import Checkpoint
import Foundation
import Testing

@testable import Regret

/// How a model's columns are cut into tensors, and what an audit of it is asked for.
struct LayoutCase: Sendable, CustomTestStringConvertible {
  var widths: [Int]
  var gradients = 4
  var factors = 12
  var damping = Damping.diagonal(0.5)
  var storage = ElementType.float32
  /// Small samples take double precision unless told otherwise.
  var precision: ElementType? = .float32
  var workers = 2
  var memory: Int?
  var solver = SolverChoice.gram
  var seed = 1

  var testDescription: String {
    "\(widths), N \(gradients), M \(factors), \(damping), \(storage) in \(precision, default: "any"), \(solver), \(workers) workers, seed \(seed)"
  }

  var sample: TestSample {
    var generator = TestGenerator(seed)
    let columns = widths.reduce(0, +)
    func rows(_ count: Int) -> DenseMatrix {
      DenseMatrix((0..<count).map { _ in generator.normals(columns) }, columns: columns)
    }
    var sample = TestSample(
      gradients: rows(gradients), sizes: [Int](repeating: 16, count: gradients),
      tensors: widths.enumerated().map { index, count in
        TensorColumns(
          name: "tensor\(index)", shape: [count], offset: widths[..<index].reduce(0, +), count: count)
      })
    sample.factors[.sampled] = (rows(factors), (0..<factors).map { $0 % gradients })
    return sample.stored(as: storage)
  }

  /// Tensors that end around the edges of blocks and tiles, where the code changes its way.
  static func random(_ seed: Int) -> LayoutCase {
    var generator = TestGenerator(seed)
    func pick<T>(_ values: [T]) -> T { values[Int(generator.next() % UInt64(values.count))] }
    let (gradients, factors) = pick([(2, 3), (3, 8), (4, 12), (8, 9), (3, 20)])
    let widths = (0..<pick([1, 2, 3, 5])).map { _ in
      let edge = pick([0, 1, factors, gradients + factors, 2048, 4096, 8192, 16384])
      return max(0, edge + pick([-10, -2, -1, 0, 1, 2, factors - 1, 10, 30]))
    }
    return LayoutCase(
      widths: widths.reduce(0, +) > 0 ? widths : widths + [1], gradients: gradients, factors: factors,
      damping: pick([.diagonal(0.5), .diagonal(0.03), .diagonal(1), .identity(0.2), .auto]),
      storage: pick([.float32, .float64, .float16, .bfloat16]), precision: pick([nil, .float32]),
      workers: pick([1, 2, 7]),
      memory: pick([nil, 256 << 20]), solver: pick([.gram, .gram, .auto, .cg]), seed: seed)
  }
}

@Suite("The regret of every tensor", .tags(.reference, .property))
struct TensorLayoutTests {
  /// `LAYOUTS=5000` is the long form.
  static let count = ProcessInfo.processInfo.environment["LAYOUTS"].flatMap(Int.init) ?? 24

  static let known = [
    LayoutCase(widths: [16394, 10], gradients: 8, factors: 32),
    LayoutCase(widths: [16394], gradients: 8, factors: 32),
    LayoutCase(widths: [16364, 2000], gradients: 8, factors: 32),
    LayoutCase(widths: [16370, 30, 1000], gradients: 8, factors: 32),
    LayoutCase(widths: [16370, 30, 1000], gradients: 8, factors: 32, damping: .identity(0.5)),
    LayoutCase(widths: [4096, 64, 16384, 64], gradients: 6, factors: 24, storage: .float64),
  ]

  @Test("is that of all its columns where a block cuts it", arguments: known)
  func isWhole(layout: LayoutCase) throws { try check(layout) }

  @Test("is that of its columns in layouts drawn at random", arguments: 0..<count)
  func holds(seed: Int) throws { try check(.random(seed)) }

  private func check(_ layout: LayoutCase) throws {
    let sample = layout.sample
    var options = AuditOptions(
      damping: layout.damping, measures: [.regret, .tensors], solver: layout.solver, memoryBound: layout.memory,
      workerCount: layout.workers)
    options.precision = layout.precision
    let audit = try Audit(of: sample.input, options: options)
    let damping = try #require(audit.kl).damping
    let rows = try #require(sample.factors[.sampled]).rows
    for (tensor, found) in zip(sample.tensors, try #require(audit.tensors)) {
      let columns = Array(tensor.range)
      let expected = TensorReference.regret(
        sample.gradients.keeping(columns: columns), rows.keeping(columns: columns), damping: damping)
      guard let expected, let value = found.kl?.value else {
        #expect(expected == nil && found.kl == nil, "\(layout.testDescription): \(tensor.name)")
        continue
      }
      #expect(
        abs(value - expected) <= 2e-4 * abs(expected) + 1e-6,
        "\(layout.testDescription): \(tensor.name) has \(value), the reference \(expected)")
    }
  }
}
