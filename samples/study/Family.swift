/// The settings of the study. Every one has partners that differ in a single hyperparameter.
enum Family {
  /// Examples in the training set, and in a full batch.
  static let trainingCount = 500
  static let batchSizes = [8, 32, 128, trainingCount]
  static let shuffledShares = [0.0, 0.1]
  static let seeds: [UInt64] = [0, 1, 2]

  static var settings: [Setting] {
    var settings: [Setting] = []
    for batchSize in batchSizes {
      for shuffledShare in shuffledShares {
        let center = Setting(batchSize: batchSize, shuffledShare: shuffledShare)
        settings.append(center)
        for learningRate in [0.05, 0.2] { settings.append(center.with { $0.learningRate = learningRate }) }
        settings.append(center.with { $0.weightDecay = 0.001 })
        settings.append(center.with { $0.isConvolutional = true })
        for width in [16, 48] {
          for depth in [1, 3] {
            settings.append(
              center.with {
                $0.width = width
                $0.depth = depth
              })
          }
        }
      }
    }
    return settings
  }
}

extension Setting {
  /// This setting with something changed.
  fileprivate func with(_ change: (inout Setting) -> Void) -> Setting {
    var setting = self
    change(&setting)
    return setting
  }
}
