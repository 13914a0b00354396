/// What single minibatches do for the means: the first thing to look at in rows that others recorded.
public struct MinibatchSummary: Hashable, Codable, Sendable {
  /// Its row of `/gradients`.
  public var row: Int
  /// In a Euclidean ball; nil where pairs are not asked for.
  public var euclidean: MinibatchMeasures?
  /// In a KL ball with the Fisher of all factor rows; nil without a usable Fisher, too.
  public var inSample: MinibatchMeasures?
  /// Mean cosine with the others under Fishers that saw neither; nil where there is none.
  public var heldOutCosine: Double?
  /// Mean of the regrets with the others under Fishers that saw neither, in both directions; nil where there is none.
  public var heldOutRegret: Double?
  /// Mean cosine with the others under the population's Fisher; nil where there is none.
  public var estimateCosine: Double?
  /// Other rows that are the same to the bit.
  public var equalRows: [Int]
}

extension [MinibatchSummary] {
  /// Names every row by `number`, and puts them in that order.
  mutating func renumber(_ number: (Int) -> Int) {
    for index in indices {
      self[index].row = number(self[index].row)
      self[index].equalRows = self[index].equalRows.map(number).sorted()
    }
    sort { $0.row < $1.row }
  }
}

/// One minibatch among the n of its group that have a length, Q_ij = g_iᵀA⁻¹g_j.
public struct MinibatchMeasures: Hashable, Codable, Sendable {
  /// √Q_ii: nats per unit of parameter, or per √nat.
  public var norm: Double
  /// Mean over j ≠ i of Q_ij/(q_i q_j); nil where there is no other.
  public var cosine: Double?
  /// Mean over j ≠ i of ½(R_ij + R_ji); nil where there is no other.
  public var regret: Double?
  /// Σ_j Q_ij ÷ Σ_kj Q_kj, its share of the mean gradient's square ‖Σg‖²/n²: shares of a group add up to 1, and one is
  /// negative where the minibatch pulls against the mean. Nil where gradients cancel to rounding.
  public var share: Double?
}
