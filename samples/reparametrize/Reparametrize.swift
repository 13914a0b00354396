import Checkpoint
import Foundation
import Networks

/// One function, seventeen parametrisations: which measures of flatness notice?
///
///     swift run -c release reparametrize                 # the numbers, as CSV
///     swift run -c release reparametrize picture.svg     # and the picture
@main
enum Reparametrize {
  static func main() throws {
    setBLASThreadCount(1)
    var generator = SplitMix64(seed: 1)
    let (training, _) = try Digits.load().split(holdingOut: 597, using: &generator)
    var network = Network<Float>(dense: [64, 16, 10], using: &generator)
    for _ in 0..<30 {
      for minibatch in training.minibatches(of: 32, using: &generator) {
        network.update(on: minibatch, learningRate: 0.1)
      }
    }
    let subject = Subject(
      network: network, minibatches: Array(training.minibatches(of: 32, using: &generator).prefix(32)))

    print((["a", "mean loss"] + Measurement.series.map(\.name)).map { "\"\($0)\"" }.joined(separator: ","))
    let measurements = try (-8...8).map { quarter in
      let measurement = try Measurement(of: subject, factor: pow(10, Double(quarter) / 4))
      let numbers = [measurement.factor, measurement.loss] + Measurement.series.map { $0.value(measurement) }
      print(numbers.map { String(format: "%.7g", $0) }.joined(separator: ","))
      return measurement
    }
    if CommandLine.arguments.count > 1 {
      try Picture(measurements: measurements).svg().write(
        toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)
    }
  }
}
