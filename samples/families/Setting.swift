import Checkpoint

/// The hyperparameters of one training.
struct Setting: Hashable {
  /// Examples in a minibatch.
  var batchSize = 64
  /// Relative to the problem's own.
  var learningRate = 1.0
  /// Units of each hidden layer.
  var width = 24
  /// Hidden layers.
  var depth = 1
  var weightDecay = 0.0
  /// Share of the training targets that are shuffled among each other.
  var shuffledShare = 0.0

  static let batchSizes = [8, 64, Problem.trainingCount]
  static let shuffledShares = [0.0, 0.1]
  static let seeds: [UInt64] = [0, 1]

  /// All settings. Every one has partners that differ in a single hyperparameter.
  static var all: [Setting] {
    let changes: [(inout Setting) -> Void] = [
      { _ in }, { $0.learningRate = 2.5 }, { $0.width = 12 }, { $0.width = 36 }, { $0.depth = 2 },
      { $0.weightDecay = 0.001 },
    ]
    return batchSizes.flatMap { batchSize in
      shuffledShares.flatMap { share in
        changes.map { change in
          var setting = Setting(batchSize: batchSize, shuffledShare: share)
          change(&setting)
          return setting
        }
      }
    }
  }

  /// Settings on which choices are settled; on the others they are reported. Drawn once, all seeds of a setting together.
  static let settling: Set<Setting> = {
    var generator = SplitMix64(seed: 3)
    return Set(all.shuffled(using: &generator).prefix(all.count / 2))
  }()

  var metrics: [String: Double] {
    [
      "hyperparameter.batch_size": Double(batchSize), "hyperparameter.learning_rate": learningRate,
      "hyperparameter.width": Double(width), "hyperparameter.depth": Double(depth),
      "hyperparameter.weight_decay": weightDecay, "hyperparameter.shuffled_share": shuffledShare,
    ]
  }

  /// A file name for it that says what it is.
  var name: String { "b\(batchSize)-lr\(learningRate)-w\(width)-d\(depth)-wd\(weightDecay)-s\(shuffledShare)" }
}
