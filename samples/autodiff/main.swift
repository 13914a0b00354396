// Fits a small network to noisy points of a sine with the toolchain's own automatic differentiation, and records
// checkpoints with a Gaussian likelihood:
//
//     swift run -c release autodiff runs/autodiff
//     swift run -c release inspect runs/autodiff

import GradientProbe
import Networks
import _Differentiation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

func fit(into directory: String) throws {
  var generator = SplitMix64(seed: 1)
  func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.normal()) } }
  var model = Regression(weight: normals(12), bias: normals(12), output: normals(12))
  var points = normals(512).map { x in Point(x: x, y: sin(2 * x) + 0.1 * Float(generator.normal())) }

  var options = RecorderOptions()
  options.schedule = .logarithmic(perDecade: 1)
  options.factors = [.exact]
  let recorder = try Recorder(directory: directory, options: options)
  let batches = (0..<16).map { Array(points[($0 * 32)..<($0 * 32 + 32)]) }

  for step in 0...1_000 {
    if recorder.isDue(at: step) { try recorder.capture(model, over: batches, step: step) }
    // A step of gradient descent on ½(z − y)², the pullback being linear in its cotangent.
    points.shuffle(using: &generator)
    let batch = points.prefix(32)
    let (values, pullback) = valueWithPullback(at: model) { $0(batch.map(\.x)) }
    let residuals = zip(values, batch).map { $0 - $1.y }
    model.move(by: pullback([Float].TangentVector(residuals.map { -0.3 * $0 / 32 })))
    if recorder.isDue(at: step) {
      let square = residuals.reduce(0) { $0 + $1 * $1 } / 32
      print("step \(step): root mean square residual \(square.squareRoot())")
    }
  }
  try recorder.finish()
  print("recorded in \(directory); next: swift run -c release inspect \(directory)")
}

runSample { arguments in try fit(into: arguments.first ?? "runs/autodiff") }
