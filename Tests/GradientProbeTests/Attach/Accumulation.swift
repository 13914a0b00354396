import GradientProbe

/// A classifier whose minibatches come as micro-batches, one of which fits the memory.
struct AccumulatingClassifier {
  let model = Classifier()
}

extension AccumulatingClassifier: Probe {
  var tensors: [TensorLayout] { model.tensors }

  // Examples: the count of the collection would be that of the micro-batches.
  func batchSize(of microbatches: [[Example]]) -> Int { microbatches.reduce(0) { $0 + $1.count } }

  func gradient(over microbatches: [[Example]], into row: inout GradientRow) throws -> Double {
    var (loss, sum) = (0.0, [[Float](repeating: 0, count: 640), [Float](repeating: 0, count: 10)])
    for microbatch in microbatches {
      let (mean, weight, bias) = model.lossAndGradients(over: microbatch)
      let share = Double(microbatch.count) / Double(batchSize(of: microbatches))
      loss += share * mean
      for (tensor, gradient) in [weight, bias].enumerated() {
        for index in gradient.indices { sum[tensor][index] += Float(share) * gradient[index] }
      }
    }
    try row.append(contentsOf: sum)
    return loss
  }
}
