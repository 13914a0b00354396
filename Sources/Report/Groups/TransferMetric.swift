internal import Regret

/// Which of a transfer's measures a person is told: the first that the file supports, as for the headline.
enum TransferMetric: String {
  case estimate = "kl.estimate"
  case heldOut = "kl.held_out"
  case inSample = "kl.in_sample"
  case euclidean

  init(_ audit: Audit) {
    if audit.kl?.supportedEstimate != nil {
      self = .estimate
    } else if audit.kl?.heldOut != nil {
      self = .heldOut
    } else if audit.kl?.inSample != nil {
      self = .inSample
    } else {
      self = .euclidean
    }
  }

  func callAsFunction(_ transfer: GroupTransfer) -> TransferMeasures? {
    switch self {
    case .estimate: transfer.estimate
    case .heldOut: transfer.heldOut
    case .inSample: transfer.inSample
    case .euclidean: transfer.euclidean
    }
  }

  /// The ball it is measured in.
  var name: String {
    switch self {
    case .estimate: "KL ball"
    case .heldOut: "KL ball, held-out"
    case .inSample: "KL ball, in-sample"
    case .euclidean: "Euclidean ball"
    }
  }

  /// The same beside a number.
  var words: String {
    switch self {
    case .estimate: "in the KL ball"
    case .heldOut: "in the KL ball, measured held-out"
    case .inSample: "in the KL ball, measured in-sample"
    case .euclidean: "in the Euclidean ball"
    }
  }

  var unit: String { self == .euclidean ? "nats per unit of parameter" : "nats per √nat" }
}
