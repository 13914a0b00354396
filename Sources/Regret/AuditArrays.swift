/// The matrices and spectra behind an audit's numbers, for figures and for going on in another tool.
public struct AuditArrays: Hashable, Codable, Sendable {
  /// g_iᵀg_j of the gradients that are not zero.
  public var euclidean: PairMatrix?
  /// Q_ij = g_iᵀA⁻¹g_j with the Fisher of all factor rows.
  public var kl: PairMatrix?
  /// R_ij, chosen on i and paid on j, each pair under a Fisher that saw neither minibatch.
  public var heldOutRegret: PairMatrix?
  /// cos_ij of the same.
  public var heldOutCosine: PairMatrix?
  /// R_ij under the population's Fisher, as ``PopulationEstimate`` has it.
  public var estimateRegret: PairMatrix?
  /// cos_ij of the same.
  public var estimateCosine: PairMatrix?
  /// Eigenvalues of F in raw coordinates, descending; those that are zero for want of rows are left out.
  public var spectrum: [Double]?
  /// The same of D^{-½}FD^{-½}, D = diag F, over live coordinates.
  public var normalizedSpectrum: [Double]?
}

extension AuditArrays {
  /// Lets every matrix name its minibatches by `number`.
  mutating func renumber(_ number: (Int) -> Int) {
    for table in [\AuditArrays.euclidean, \.kl, \.heldOutRegret, \.heldOutCosine, \.estimateRegret, \.estimateCosine] {
      guard let minibatches = self[keyPath: table]?.minibatches else { continue }
      self[keyPath: table]?.minibatches = minibatches.map(number)
    }
  }
}

/// A square matrix over some of a checkpoint's minibatches.
public struct PairMatrix: Hashable, Codable, Sendable {
  /// The row of `/gradients` that each row and column belongs to.
  public var minibatches: [Int]
  /// Row-major.
  public var values: [Double]

  /// A matrix of `values` between `minibatches`.
  public init(minibatches: [Int], values: [Double]) {
    precondition(values.count == minibatches.count * minibatches.count, "not square")
    self.minibatches = minibatches
    self.values = values
  }

  /// The rows and columns of the minibatches in `kept`.
  public func selecting(_ kept: Set<Int>) -> PairMatrix {
    let rows = minibatches.indices.filter { kept.contains(minibatches[$0]) }
    return PairMatrix(
      minibatches: rows.map { minibatches[$0] }, values: rows.flatMap { row in rows.map { self[row, $0] } })
  }

  /// Number of rows.
  public var count: Int { minibatches.count }

  /// The value between two rows' minibatches.
  public subscript(row: Int, column: Int) -> Double { values[row * count + column] }

  /// cos_ij = Q_ij/√(Q_ii Q_jj), where this is Q.
  public var cosines: PairMatrix { derived(\.cosines) }

  /// R_ij = √Q_jj − Q_ij/√Q_ii, chosen on i and paid on j, where this is Q.
  public var regrets: PairMatrix { derived(\.regrets) }

  private func derived(_ table: KeyPath<InnerProducts, Matrix>) -> PairMatrix {
    PairMatrix(InnerProducts(matrix: Matrix(count, count) { self[$0, $1] })[keyPath: table], minibatches: minibatches)
  }

  init(_ matrix: Matrix, minibatches: [Int]) {
    self.init(minibatches: minibatches, values: matrix.elements)
  }
}
