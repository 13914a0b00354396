import Landscape
import Networks
import Regret

/// What is measured of one and the same function, written down with its layers rescaled by a factor.
struct Measurement {
  let factor: Double
  let loss: Double
  let trace: Double
  let largestEigenvalue: Double
  let rawSharpness: Double
  let filterSharpness: Double
  let euclidean: Double
  let klAuto: Double
  let klIdentity: Double

  /// Radius of unscaled directions: their root mean square entry is 1, as large as a large weight of the network.
  static let rawRadius = 0.05
  /// Radius of directions scaled by filter: half of every filter's own length.
  static let filterRadius = 0.5
  static let planes = 4

  init(of subject: Subject, factor: Double) throws {
    self.factor = factor
    let subject = Subject(network: subject.network.rescaled(by: factor), minibatches: subject.minibatches)
    loss =
      subject.minibatches.reduce(0) { $0 + subject.network.loss(over: $1) } / Double(subject.minibatches.count)
    let input = subject.auditInput()
    let audit = try Audit(of: input, options: AuditOptions(measures: [.regret, .fisher]))
    guard let fisher = audit.fisher, let kl = audit.kl, let weight = kl.damping.weight,
      let regret = audit.euclidean?.regret.value, let klRegret = kl.inSample?.regret.value
    else { throw MeasurementFailure() }
    let identity = try Audit(of: input, options: AuditOptions(damping: .identity(weight), measures: [.regret]))
    trace = fisher.trace
    largestEigenvalue = fisher.largestEigenvalue
    euclidean = regret
    klAuto = klRegret
    klIdentity = identity.kl?.inSample?.regret.value ?? .nan
    rawSharpness = subject.sharpness(scale: .none, radius: Self.rawRadius, planes: Self.planes)
    filterSharpness = subject.sharpness(scale: .filter, radius: Self.filterRadius, planes: Self.planes)
  }

  /// The numbers that the picture shows, in its order.
  static let series: [(name: String, value: @Sendable (Measurement) -> Double)] = [
    ("Fisher trace", { $0.trace }), ("largest eigenvalue", { $0.largestEigenvalue }),
    ("sharpness, unscaled directions", { $0.rawSharpness }), ("Euclidean regret", { $0.euclidean }),
    ("KL regret, identity damping", { $0.klIdentity }), ("sharpness, filter-normalised", { $0.filterSharpness }),
    ("KL regret, auto damping", { $0.klAuto }),
  ]
}

struct MeasurementFailure: Error, CustomStringConvertible {
  var description: String { "the network has no regret: its gradients or its Fisher are zero" }
}
