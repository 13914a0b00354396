import GradientProbe
import _Differentiation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct Point {
  let x, y: Float
}

/// y = Σ_k output_k·tanh(weight_k·x + bias_k)
struct Regression: Differentiable {
  var weight: [Float]
  var bias: [Float]
  var output: [Float]

  @differentiable(reverse)
  func callAsFunction(_ xs: [Float]) -> [Float] {
    var ys: [Float] = []
    for index in 0..<withoutDerivative(at: xs.count) {
      var y: Float = 0
      for unit in 0..<withoutDerivative(at: output.count) {
        y += output[unit] * tanh(weight[unit] * xs[index] + bias[unit])
      }
      ys.append(y)
    }
    return ys
  }
}

/// All that a recorder needs: outputs, their pullback, and what they should have been. Losses, gradients and Fisher
/// factors follow from the likelihood.
extension Regression: OutputProbe {
  var tensors: [TensorLayout] {
    ["weight", "bias", "output"].map { TensorLayout($0, shape: [output.count]) }
  }
  var likelihood: Likelihood { .gaussian(outputs: 1, deviation: 0.1) }

  func targets(of batch: [Point]) -> Targets { .values(batch.map(\.y)) }

  func outputs(over batch: [Point]) -> Outputs {
    let (values, pullback) = valueWithPullback(at: self) { $0(batch.map(\.x)) }
    return Outputs(values) { cotangent, row in
      let gradient = pullback([Float].TangentVector(cotangent))
      try row.append(gradient.weight.base)
      try row.append(gradient.bias.base)
      try row.append(gradient.output.base)
    }
  }
}
