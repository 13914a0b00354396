/// The hyperparameters of one training.
struct Setting: Hashable {
  /// Examples in a minibatch; the training set's size for full batches.
  var batchSize = 32
  var learningRate = 0.1
  /// Units of each hidden layer; a convolutional network has a quarter and a half of it as filters.
  var width = 32
  /// Hidden layers.
  var depth = 2
  var weightDecay = 0.0
  /// Share of the training labels that are shuffled among each other.
  var shuffledShare = 0.0
  var isConvolutional = false

  /// What checkpoint files keep of it.
  var metrics: [String: Double] {
    [
      "hyperparameter.batch_size": Double(batchSize), "hyperparameter.learning_rate": learningRate,
      "hyperparameter.width": Double(width), "hyperparameter.depth": Double(depth),
      "hyperparameter.weight_decay": weightDecay, "hyperparameter.shuffled_share": shuffledShare,
      "hyperparameter.convolutional": isConvolutional ? 1 : 0,
    ]
  }

  /// A file name for it that says what it is.
  var name: String {
    let family = isConvolutional ? "conv" : "dense"
    return "\(family)-b\(batchSize)-lr\(learningRate)-w\(width)-d\(depth)-wd\(weightDecay)-s\(shuffledShare)"
  }
}
