import Classifier
import Foundation
import GradientProbe
import Landscape
import Logging
import Networks

/// One model of the study: a setting and a seed, trained, measured and kept in a run directory of its own.
struct Member {
  let setting: Setting
  let seed: UInt64
  let data: StudyData

  /// Minibatches that are captured, all of the same size whatever the training's was: regrets are compared at equal size.
  static let captured = (count: 31, size: 16)
  /// Examples of each captured minibatch that make exact factors, ten rows each.
  static let factorExamples = 4

  func directory(in root: String) -> String { "\(root)/\(setting.name)-seed\(seed)" }

  /// Trains, captures and leaves nothing to do for the next start. Returns a line that says what happened.
  func run(in root: String) throws -> String {
    let directory = directory(in: root)
    if Self.isFinished(directory) { return "\(directory): there already" }
    // What a killed start left: nothing of it is worth keeping.
    try? FileManager.default.removeItem(atPath: directory)
    let training = data.training(shuffledShare: setting.shuffledShare)
    guard let result = Training(setting: setting, seed: seed, examples: training).run() else {
      return "\(directory): did not reach a training loss of \(Training.targetLoss)"
    }
    let model = Classifier(network: result.network)
    let metrics = metrics(result.network, result.initial, epochs: result.epochs, training: training)

    var options = RecorderOptions()
    options.factors = [.exact]
    options.factorExamples = Self.factorExamples
    // The measures' own errors are far above half a thousandth, and 216 files take half the room.
    options.elementType = .float16
    options.logger.logLevel = .warning
    let recorder = try Recorder(directory: directory, options: options)
    var generator = SplitMix64(seed: 1_000 + seed)
    let minibatches = Array(
      training.minibatches(of: Self.captured.size, using: &generator).prefix(Self.captured.count))
    try recorder.capture(model, over: minibatches, step: result.epochs, metrics: metrics)
    try recorder.finish()
    try captureSlice(model, over: minibatches, in: directory)
    return String(
      format: "%@: %d epochs, training loss %.4f, gap %.3f", directory, result.epochs, metrics["train_loss"] ?? 0,
      metrics["generalization_gap"] ?? 0)
  }

  /// The sharpness of the loss along random directions, normalised by filter.
  private func captureSlice(_ model: Classifier, over minibatches: [Examples], in directory: String) throws {
    guard let checkpoint = Self.files(in: directory).first(where: { !$0.hasSuffix(Slice.fileSuffix) }) else { return }
    var options = SliceOptions()
    options.name = "filter"
    options.grid = SliceGrid(GridAxis(radius: 0.5, count: 11), GridAxis(radius: 0.5, count: 11))
    options.logger.logLevel = .warning
    try model.captureSlice(over: minibatches, beside: "\(directory)/\(checkpoint)", options: options)
  }

  private func metrics(
    _ network: Network<Float>, _ initial: [Float], epochs: Int, training: Examples
  ) -> [String: Double] {
    let trainingLoss = network.loss(over: training)
    let validationLosses = data.validation.labels.indices.map { network.loss(over: data.validation[[$0]]) }
    let count = Double(validationLosses.count)
    let validationLoss = validationLosses.reduce(0, +) / count
    let variance = validationLosses.reduce(0) { $0 + ($1 - validationLoss) * ($1 - validationLoss) } / (count - 1)
    func norm(_ numbers: [Float]) -> Double { numbers.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
    return setting.metrics.merging(
      [
        "seed": Double(seed), "epochs": Double(epochs), "train_loss": trainingLoss, "validation_loss": validationLoss,
        "generalization_gap": validationLoss - trainingLoss,
        "generalization_gap_error": (variance / count).squareRoot(),
        "train_accuracy": network.accuracy(over: training),
        "validation_accuracy": network.accuracy(over: data.validation),
        "measure.weight_norm": norm(network.parameters),
        "measure.distance_from_start": norm(zip(network.parameters, initial).map { $0 - $1 }),
        "measure.log_norm_product": logNormProduct(network),
        "measure.parameter_count": Double(network.parameters.count),
      ]) { own, _ in own }
  }

  /// Σ log ‖W‖²_F over the weight tensors: the logarithm of the product that norm-based bounds have.
  private func logNormProduct(_ network: Network<Float>) -> Double {
    network.tensors.map { TensorLayout($0.name, shape: $0.shape) }.columns.filter { $0.shape.count > 1 }
      .reduce(0) { total, tensor in
        total + log(network.parameters[tensor.range].reduce(0) { $0 + Double($1) * Double($1) })
      }
  }

  /// Whether the directory holds a checkpoint and its slice.
  static func isFinished(_ directory: String) -> Bool {
    let files = files(in: directory)
    return files.contains { $0.hasSuffix(Slice.fileSuffix) } && files.contains { !$0.hasSuffix(Slice.fileSuffix) }
  }

  /// Names of the finished files in `directory`.
  static func files(in directory: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { $0.hasSuffix(".h5") }
  }
}
