import Checkpoint
import Foundation
import GradientProbe
import Landscape
import Logging
import Networks

/// One training of one problem: recorded at each of its losses, in run directories of their own.
///
/// `ROOT/PROBLEM-LOSS/HALF/SETTING-SEED`, HALF `settle` or `report`, holds the network at a training loss, with its own gap and
/// the one at the last loss.
struct Member {
  let problem: Problem
  let setting: Setting
  let seed: UInt64

  /// Minibatches that are recorded of the training set and of the held-out part, all of one size whatever the training's was.
  static let minibatchCount = 24
  static let minibatchSize = 16

  private func directory(_ root: String, _ stop: Double) -> String {
    let half = Setting.settling.contains(setting) ? "settle" : "report"
    return "\(root)/\(problem.rawValue)-\(stop)/\(half)/\(setting.name)-seed\(seed)"
  }

  /// Trains and records what is not there yet. Returns a line that says what happened.
  func run(in root: String, _ data: ProblemData) throws -> String {
    let directories = problem.stops.map { directory(root, $0) }
    // Written last, also of a training that does not reach all losses.
    let end = "\(directories[0]).end"
    guard !FileManager.default.fileExists(atPath: end) else { return "\(directories[0]): there already" }
    let training = data.training(shuffledShare: setting.shuffledShare)
    let stopped = Training(problem: problem, setting: setting, seed: seed, examples: training).run()
    let gaps = stopped.map { gap($0.model, training, data.test) }
    for (index, stop) in stopped.enumerated() {
      var metrics = metrics(stop.epochs, gaps[index], data)
      if stopped.count == problem.stops.count {
        metrics["final_gap"] = gaps[gaps.count - 1].value
        metrics["final_gap_error"] = gaps[gaps.count - 1].error
      }
      try record(stop.model, training, data, in: directories[index], metrics)
    }
    try FileManager.default.createDirectory(
      atPath: (end as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: end, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
    return String(
      format: "%@: %d of %d losses, gaps %@", directories[0], stopped.count, problem.stops.count,
      gaps.map { String(format: "%.3f", $0.value) }.joined(separator: ", "))
  }

  private typealias Gap = (value: Double, error: Double, training: Double, test: Double)

  /// Test loss less training loss, with the standard error of the test set's size.
  private func gap(_ model: Learner, _ training: Points, _ test: Points) -> Gap {
    let own = model.loss(over: training)
    let losses = model.losses(over: test)
    let mean = losses.reduce(0, +) / Double(losses.count)
    let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(losses.count - 1)
    return (mean - own, (variance / Double(losses.count)).squareRoot(), own, mean)
  }

  private func metrics(_ epochs: Int, _ gap: Gap, _ data: ProblemData) -> [String: Double] {
    var metrics = setting.metrics
    metrics["seed"] = Double(seed)
    metrics["epochs"] = Double(epochs)
    metrics["generalization_gap"] = gap.value
    metrics["generalization_gap_error"] = gap.error
    metrics["train_loss"] = gap.training
    metrics["test_loss"] = gap.test
    metrics["bayes_loss"] = data.bayesLoss
    return metrics
  }

  private func record(
    _ model: Learner, _ training: Points, _ data: ProblemData, in directory: String, _ metrics: [String: Double]
  ) throws {
    // What a killed start left: nothing of it is worth keeping.
    try? FileManager.default.removeItem(atPath: directory)
    var options = RecorderOptions()
    options.factors = [.exact]
    // Inputs of both are drawn alike: twice the rows for the same Fisher.
    options.factorGroups = ["train", "heldout"]
    // The measures' own errors are far above half a thousandth.
    options.elementType = .float16
    options.logger.logLevel = .warning
    var generator = SplitMix64(seed: 1_000 + seed)
    func minibatches(_ points: Points) -> [Points] {
      Array(points.minibatches(of: Self.minibatchSize, using: &generator).prefix(Self.minibatchCount))
    }
    let (train, heldOut) = (minibatches(training), minibatches(data.probes))
    let recorder = try Recorder(directory: directory, options: options)
    var all = metrics
    let norm = model.network.parameters.reduce(0) { $0 + Double($1) * Double($1) }
    all["measure.weight_norm"] = norm.squareRoot()
    all["measure.parameter_count"] = Double(model.network.parameters.count)
    try recorder.capture(
      model, over: ["train": train, "heldout": heldOut], step: Int(metrics["epochs"] ?? 0), metrics: all)
    try recorder.finish()
    guard
      let file = try FileManager.default.contentsOfDirectory(atPath: directory).first(where: { $0.hasSuffix(".h5") })
    else { return }
    var slice = SliceOptions()
    slice.name = "filter"
    slice.grid = SliceGrid(GridAxis(radius: 0.5, count: 9), GridAxis(radius: 0.5, count: 9))
    slice.logger.logLevel = .warning
    _ = try model.captureSlice(over: train, beside: "\(directory)/\(file)", options: slice)
  }
}
