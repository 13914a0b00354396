/// What was wrong with the way a recorder was used: one line that names the row and the tensor.
public enum CaptureError: Error, Hashable, Sendable {
  /// A tensor was written a second time into one row.
  case tensorWrittenTwice(String, in: RowSource)
  /// A row came back without one of its tensors.
  case tensorMissing(String, in: RowSource)
  /// The layout knows no tensor of that name.
  case unknownTensor(String, in: RowSource)
  /// More tensors were appended than the layout has.
  case tooManyTensors(count: Int, in: RowSource)
  /// A tensor has another number of elements than its shape says.
  case wrongLength(of: String, expected: Int, found: Int, in: RowSource)
  /// A tensor holds a number that is infinite or not a number.
  case nonFinite(tensor: String, in: RowSource)
  /// A tensor holds a number that the type it is stored in cannot hold.
  case tooLarge(tensor: String, Float, ElementType, in: RowSource)
  /// The mean loss is infinite or not a number.
  case nonFiniteLoss(Double, in: RowSource)
  /// Tensors without a name, with a name that stands twice or without elements.
  case invalidLayout(String)
  /// The tensors are not those of the captures before.
  case layoutChanged(String)
  /// Fewer than the two minibatches that a pair needs.
  case tooFewMinibatches(Int)
  /// A minibatch without examples.
  case emptyMinibatch(Int)
  /// Groups of minibatches without a minibatch, with a name that stands twice, or that some minibatches belong to and
  /// others do not.
  case invalidGroups(String)
  /// More or fewer draws of labels than were asked for.
  case wrongDrawCount(expected: Int, found: Int)
  /// Outputs are not [B, C].
  case wrongOutputCount(expected: Int, found: Int)
  /// An output is infinite or not a number.
  case nonFiniteOutputs
  /// Targets that do not fit the likelihood.
  case wrongTargets(String)
  /// A likelihood without outputs, or a deviation that is none.
  case invalidLikelihood(String)
  /// An error about what a model made of one minibatch.
  indirect case inMinibatch(Int, CaptureError)
  /// The model cannot make the factors that the options ask for.
  case unavailableFactors(FisherKind, needs: String)
  /// A negative training step.
  case negativeStep(Int)
  /// A slice whose options do not fit the model or each other.
  case invalidSlice(String)
  /// A slice was to be captured beside the checkpoint of a step, but θ has moved since.
  case movedSinceCheckpoint(step: Int)
  /// A sketch that cannot be made.
  case invalidSketch(String)
  /// The recorder has been finished.
  case finished
}

/// Which row of a checkpoint something was written into.
public enum RowSource: Hashable, Sendable {
  /// The gradient of a minibatch.
  case gradient(minibatch: Int)
  /// A factor row of a kind, made from a minibatch.
  case factor(FisherKind, row: Int, minibatch: Int)
  /// θ.
  case parameters
  /// A gradient that a training step handed over.
  case observation(step: Int)
}

extension RowSource {
  /// Whether it is a gradient, and no factor row.
  var isGradient: Bool {
    switch self {
    case .gradient, .observation: true
    case .factor, .parameters: false
    }
  }
}

extension RowSource: CustomStringConvertible {
  /// The row in words.
  public var description: String {
    switch self {
    case .gradient(let minibatch): "gradient of minibatch \(minibatch)"
    case .factor(let kind, let row, let minibatch): "\(kind.rawValue) factor row \(row), of minibatch \(minibatch)"
    case .parameters: "parameters"
    case .observation(let step): "gradient observed at step \(step)"
    }
  }
}

extension CaptureError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .tensorWrittenTwice(let tensor, let row): "\(row): tensor \(tensor) was written twice"
    case .tensorMissing(let tensor, let row): "\(row): tensor \(tensor) was not written"
    case .unknownTensor(let tensor, let row): "\(row): there is no tensor \(tensor) in the layout"
    case .tooManyTensors(let count, let row): "\(row): more tensors than the \(count) of the layout"
    case .wrongLength(let tensor, let expected, let found, let row):
      "\(row): tensor \(tensor) has \(found) numbers, but its shape needs \(expected)"
    case .nonFinite(let tensor, let row): "\(row): tensor \(tensor) holds a number that is not finite"
    case .tooLarge(let tensor, let value, let type, let row):
      "\(row): tensor \(tensor) holds \(value), which is too large for \(type.rawValue)"
    case .nonFiniteLoss(let loss, let row): "\(row): its loss is \(loss)"
    case .invalidLayout(let reason): "layout: \(reason)"
    case .layoutChanged(let reason): "the layout changed since the first capture: \(reason)"
    case .tooFewMinibatches(let count): "\(count) minibatches: at least 2 are needed to compare them"
    case .emptyMinibatch(let index): "minibatch \(index) has no examples"
    case .invalidGroups(let reason): "groups of minibatches: \(reason)"
    case .wrongDrawCount(let expected, let found):
      "sampled gradients: \(found)\(found > expected ? " or more" : "") draws, but \(expected) were asked for"
    case .wrongOutputCount(let expected, let found):
      "\(found) outputs, but the likelihood and the batch size make \(expected): batchSize(of:) counts the rows of the "
        + "outputs, which are tokens for a language model"
    case .nonFiniteOutputs: "an output is not finite"
    case .wrongTargets(let reason): "targets: \(reason)"
    case .invalidLikelihood(let reason): "likelihood: \(reason)"
    case .inMinibatch(let index, let error): "minibatch \(index): \(error)"
    case .unavailableFactors(let kind, let needs): "\(kind.rawValue) factors need a model that is \(needs)"
    case .negativeStep(let step): "step \(step) is negative"
    case .invalidSlice(let reason): "slice: \(reason)"
    case .movedSinceCheckpoint(let step):
      "the parameters are no longer those of the checkpoint of step \(step): capture the slice before training goes on"
    case .invalidSketch(let reason): "sketch: \(reason)"
    case .finished: "the recorder has been finished"
    }
  }
}

extension CaptureError {
  /// Whether numbers that are not finite, or cannot be stored, are all that is wrong.
  var isAboutNumbers: Bool {
    switch self {
    case .nonFinite, .tooLarge, .nonFiniteLoss, .nonFiniteOutputs: true
    case .inMinibatch(_, let error): error.isAboutNumbers
    default: false
    }
  }

  /// Whether it does not say of which minibatch it tells.
  var lacksMinibatch: Bool {
    switch self {
    case .wrongOutputCount, .wrongDrawCount, .nonFiniteOutputs, .wrongTargets: true
    default: false
    }
  }
}
