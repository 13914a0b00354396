internal import Regret

/// A ball in which regret is measured, and how its metric came about; the most trustworthy first. The raw values are
/// paths of the JSON.
enum Ball: String, CaseIterable {
  case estimate = "kl.estimate"
  case heldOut = "kl.held_out"
  case inSample = "kl.in_sample"
  case euclidean

  /// The one that a person is told first of `audit`: the first that the file supports.
  init(_ audit: Audit) { self = Self.allCases.first { audit.measures($0) != nil } ?? .euclidean }

  /// The one for all of `audits` beside each other: the first that each of them supports, or where there is none, that
  /// most of them do.
  init(sharedBy audits: [Audit]) {
    let counts = Self.allCases.map { ball in audits.count { $0.measures(ball) != nil } }
    let most = counts.max() ?? 0
    self = zip(Self.allCases, counts).first { $0.1 == most && most > 0 }?.0 ?? .euclidean
  }

  func callAsFunction(_ transfer: GroupTransfer) -> TransferMeasures? {
    switch self {
    case .estimate: transfer.estimate
    case .heldOut: transfer.heldOut
    case .inSample: transfer.inSample
    case .euclidean: transfer.euclidean
    }
  }

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

  /// Of regrets and norms.
  var unit: String { self == .euclidean ? "nats per unit of parameter" : "nats per √nat" }
}
