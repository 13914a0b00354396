import CheckpointHDF5
import Foundation
import GradientProbe

/// Every model's hyperparameters, seed, stopping loss and gap, from the run's files.
enum StudyTable {
  static let columns = [
    "hyperparameter.batch_size", "hyperparameter.learning_rate", "hyperparameter.width", "hyperparameter.depth",
    "hyperparameter.weight_decay", "hyperparameter.shuffled_share", "hyperparameter.convolutional", "seed", "epochs",
    "train_loss", "validation_loss", "generalization_gap", "generalization_gap_error", "train_accuracy",
    "validation_accuracy",
  ]

  /// Writes `models.csv` into `root`, a line a model in the order told.
  static func write(_ members: [Member], in root: String) throws {
    let names = columns.map { $0.hasPrefix("hyperparameter.") ? String($0.dropFirst(15)) : $0 }
    var lines = [names.joined(separator: ",")]
    for member in members {
      let directory = member.directory(in: root)
      guard Member.isFinished(directory),
        let file = Member.files(in: directory).first(where: { !$0.hasSuffix(".slice.h5") })
      else { continue }
      let metrics = try CheckpointReader.describe("\(directory)/\(file)").metrics
      lines.append(columns.map { metrics[$0].map { String(format: "%.6g", $0) } ?? "" }.joined(separator: ","))
    }
    try (lines.joined(separator: "\n") + "\n").write(toFile: "\(root)/models.csv", atomically: true, encoding: .utf8)
  }
}
