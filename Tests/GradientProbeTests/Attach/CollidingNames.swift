import Foundation
import GradientProbe

/// What another library asks of its models: each has types of its own by the names `Outputs` and `Batch`.
protocol Layer {
  associatedtype Outputs
  associatedtype Batch
  func callAsFunction(_ batch: Batch) -> Outputs
}

/// A classifier of 3 classes without hidden layers, one example a row: its `Outputs` are numbers, its `Batch` a list of rows.
struct Net: Layer {
  let weight: [Float] = [0.3, -0.2, 0.5, 0.1, -0.4, 0.2]

  func callAsFunction(_ batch: [[Float]]) -> [Float] {
    batch.flatMap { x in (0..<3).map { weight[2 * $0] * x[0] + weight[2 * $0 + 1] * x[1] } }
  }

  func pullback(_ batch: [[Float]], _ cotangent: [Float]) -> [Float] {
    var gradient = [Float](repeating: 0, count: 6)
    for (example, x) in batch.enumerated() {
      for c in 0..<3 {
        for input in 0..<2 { gradient[2 * c + input] += cotangent[3 * example + c] * x[input] }
      }
    }
    return gradient
  }

  /// Which class a row is of: that of the largest of its sums.
  static func label(of x: [Float]) -> Int { x[0] > 0 ? 0 : x[1] > 0 ? 1 : 2 }
}

extension Net: OutputProbe {
  var tensors: [TensorLayout] { [.init("weight", shape: [3, 2])] }
  var likelihood: Likelihood { .categorical(classes: 3) }

  func targets(of batch: [[Float]]) -> Targets { .classes(batch.map(Net.label)) }

  func outputs(over batch: [[Float]]) -> GradientProbe.Outputs {
    .init(self(batch)) { cotangent, row in try row.append(pullback(batch, cotangent)) }
  }
}

func record(_ net: Net, over probes: [[Example]], step: Int, with recorder: Recorder) throws {
  let source = OutputSource(
    tensors: [.init("weight", shape: [3, 2])], likelihood: .categorical(classes: 3), batchSize: \.count,
    targets: { (batch: [Example]) in .classes(batch.map(\.label)) }
  ) { batch in
    let inputs = batch.map(\.inputs)
    return .init(net(inputs)) { cotangent, row in try row.append(net.pullback(inputs, cotangent)) }
  }
  try recorder.capture(source, over: probes, step: step)
}
