// Captures slices through the losses around a checkpoint of the digits network, beside the checkpoint:
//
//     swift run -c release landscape runs/landscape
//     swift run -c release inspect runs/landscape -o landscape.html

import GradientProbe
import Landscape
import Networks

/// A network that tells its parameters and can be asked for its loss elsewhere.
struct Model: LossProbe {
  var network: Network<Float>

  var tensors: [TensorLayout] { network.tensors.map { TensorLayout($0.name, shape: $0.shape) } }

  func batchSize(of batch: Examples) -> Int { batch.count }

  func gradient(over batch: Examples, into gradient: inout GradientRow) throws -> Double {
    let result = network.lossAndGradient(over: batch)
    try gradient.writeAll(result.gradient)
    return result.loss
  }

  func parameters(into row: inout GradientRow) throws { try row.writeAll(network.parameters) }

  func loss(over batch: Examples, displacedBy displacement: Span<Float>) -> Double {
    network.loss(over: batch, movedBy: displacement.indices.map { displacement[$0] })
  }
}

/// The natural-gradient steps −εA⁻¹g/√(gᵀA⁻¹g) of the first two minibatches: α = 1 is a KL radius ε of 1 √nat.
func naturalSteps(of model: Model, over batches: [Examples]) -> [Direction] {
  let network = Network<Double>(model.network)
  let inputs = batches.prefix(16)
  let fisher = DenseFisher(
    of: network, over: Examples(inputs: inputs.flatMap(\.inputs), labels: inputs.flatMap(\.labels)))
  return batches.prefix(2).enumerated().map { index, batch in
    let gradient = network.lossAndGradient(over: batch).gradient
    let solved = fisher.naturalGradient(gradient, weight: 0.1)
    let length = zip(gradient, solved).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
    return Direction(
      name: "step of minibatch \(index)", origin: .naturalGradient, values: solved.map { Float(-$0 / length) })
  }
}

func capture(into directory: String) throws {
  setBLASThreadCount(1)
  var generator = SplitMix64(seed: 1)
  let training = try Digits.load()
  var model = Model(network: Network(dense: [64, 16, 10], using: &generator))
  let batches = Array(training.minibatches(of: 32, using: &generator).prefix(32))

  let recorder = try Recorder(directory: directory)
  for step in 0...1_000 {
    if step == 100 || step == 1_000 { try recorder.capture(model, over: batches, step: step) }
    if step < 1_000 {
      let batch = training.minibatches(of: 32, using: &generator)[0]
      model.network.update(on: batch, learningRate: 0.1)
    }
  }
  try recorder.finish()

  let plane = SliceGrid(GridAxis(radius: 1, count: 51), GridAxis(radius: 1, count: 51))
  let line = SliceGrid(GridAxis(from: -0.5, to: 1.5, count: 81))
  let slices: [(name: String, grid: SliceGrid, directions: SliceDirections)] = [
    ("filter", plane, .random(.filter, seed: 0)),
    ("layer", plane, .random(.layer, seed: 0)),
    (
      "natural", SliceGrid(GridAxis(radius: 0.5, count: 51), GridAxis(radius: 0.5, count: 51)),
      .given(naturalSteps(of: model, over: batches))
    ),
    ("towards-100", line, .towards(checkpoint: "\(directory)/step-00000100.h5")),
  ]
  for slice in slices {
    var options = SliceOptions()
    options.name = slice.name
    options.grid = slice.grid
    options.directions = slice.directions
    let start = ContinuousClock.now
    try model.captureSlice(over: batches, beside: "\(directory)/step-00001000.h5", options: options)
    print("\(slice.name): \(slice.grid.pointCount) points of 32 minibatches in \(ContinuousClock.now - start)")
  }
}

runSample { arguments in try capture(into: arguments.first ?? "runs/landscape") }
