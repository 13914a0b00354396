import GradientProbe

typealias Sighting = (x: Float, y: Float)

/// y = slope · x + offset, fitted by half the mean square of the residuals.
struct Line {
  var slope: Float = 0
  var offset: Float = 0

  func lossAndGradient(over batch: [Sighting]) -> (loss: Double, gradient: [Float]) {
    var (loss, gradient) = (0.0, [Float](repeating: 0, count: 2))
    for (x, y) in batch {
      let residual = slope * x + offset - y
      loss += Double(residual * residual) / Double(2 * batch.count)
      gradient[0] += residual * x / Float(batch.count)
      gradient[1] += residual / Float(batch.count)
    }
    return (loss, gradient)
  }
}

/// Sixteen points about the line y = 2x + 1.
func minibatch(using generator: inout SplitMix64) -> [Sighting] {
  (0..<16).map { _ in
    let x = Float(generator.normal())
    return (x, 2 * x + 1 + Float(generator.normal()))
  }
}

/// Fits and records it.
func fitLine(into directory: String) throws -> Recorder {
  var generator = SplitMix64(seed: 1)
  var line = Line()
  let probes = (0..<24).map { _ in minibatch(using: &generator) }
  let source = GradientSource(tensors: [.init("slope", shape: [1]), .init("offset", shape: [1])]) {
    (batch: [Sighting], row) in
    let (loss, gradient) = line.lossAndGradient(over: batch)
    try row.writeAll(gradient)
    return loss
  }
  let recorder = try Recorder(in: directory)
  for step in 0...200 {
    if recorder.isDue(at: step, last: 200) { try recorder.capture(source, over: probes, step: step) }
    let (_, gradient) = line.lossAndGradient(over: minibatch(using: &generator))
    line.slope -= 0.1 * gradient[0]
    line.offset -= 0.1 * gradient[1]
  }
  try recorder.finish()
  return recorder
}
