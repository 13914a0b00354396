/// What the minibatches of different groups of data say of each other.
public struct GroupMeasures: Hashable, Codable, Sendable {
  /// The groups, in the file's order.
  public var groups: [GroupSummary]
  /// The place of the group that the headline numbers are of.
  public var reference: Int
  /// The place of the group whose inputs the Fisher is of; nil where it is of all.
  public var fisher: Int?
  /// Every ordered pair of groups, a group with itself among them: all pairs from the first group, then from the second.
  public var pairs: [GroupTransfer]

  /// From group `from` to group `to`.
  public func pair(_ from: Int, _ to: Int) -> GroupTransfer { pairs[from * groups.count + to] }
}

/// One group of minibatches.
public struct GroupSummary: Hashable, Codable, Sendable {
  /// Its name.
  public var name: String
  /// Its number of minibatches.
  public var minibatchCount: Int
  /// Harmonic mean of their sizes.
  public var batchSize: Double
  /// Mean loss of its minibatches and the standard error s/√n of that [nats]; nil where some loss is not known or not
  /// finite.
  public var loss: Estimate?
}

/// What a step that is best for a minibatch of one group does for a minibatch of another.
public struct GroupTransfer: Hashable, Codable, Sendable {
  /// The place of the group on whose minibatches the step is chosen.
  public var from: Int
  /// The place of the group on whose minibatches it is paid.
  public var to: Int
  /// How much larger the mean loss of the second's minibatches is [nats]; nil within a group, and where some loss is not known or
  /// not finite.
  public var lossExcess: Estimate?
  /// In a Euclidean ball; nil where there is no pair.
  public var euclidean: TransferMeasures?
  /// In a KL ball with the Fisher of all factor rows.
  public var inSample: TransferMeasures?
  /// In a KL ball with Fishers that saw neither minibatch of a pair.
  public var heldOut: TransferMeasures?
  /// In a KL ball under the population's Fisher; no better supported than ``KLMeasures/estimate``.
  public var estimate: TransferMeasures?
  /// Tensors by how much more is lost there on the other group, `inSample`, the largest first; a few, and empty within a
  /// group or where tensors are not asked for.
  public var tensors: [TensorTransfer]
}

/// Means over pairs of a minibatch i of one group A and another j of a group B, with jackknife errors that leave out
/// minibatches of A and of B.
public struct TransferMeasures: Hashable, Codable, Sendable {
  /// Mean R_ij = q_j(1 − cos_ij): chosen on A, paid on B.
  public var regret: Estimate
  /// Mean cos_ij.
  public var cosine: Estimate
  /// R(A→B) − R(A→A): how much more is lost on B than on another minibatch of A; nil where A has one minibatch.
  public var excess: Estimate?
  /// cos(A→B)/cos(A→A): the share of what carries over within A that carries over to B; nil where cos(A→A) is not larger
  /// than twice its standard error.
  public var transfer: Estimate?
  /// Median R_ij (A→B) − median R_ij (A→A). No error: a jackknife of a median has none to tell.
  public var medianExcess: Double?
  /// The same of geometric means, each as ``TypicalRegret/geometricMean``, with the metric taken as given.
  public var geometricMeanExcess: Estimate?
}

/// How much more is lost on another group in the columns of one tensor.
public struct TensorTransfer: Hashable, Codable, Sendable {
  /// The tensor's name.
  public var name: String
  /// ``TransferMeasures/excess`` of its columns and its block of the Fisher, in-sample; of a Euclidean ball where there is
  /// no Fisher.
  public var excess: Estimate
}
