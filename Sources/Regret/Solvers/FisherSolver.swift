internal import Checkpoint

/// A Fisher estimate that has been read, and the way in which A⁻¹ is applied with it.
///
/// One file for each way; ``AuditPlan`` chooses between them by cost and memory.
protocol FisherSolver: Sendable {
  /// ρ of `auto`, where it was asked for.
  var shrinkage: Double? { get }
  /// Share of Σ‖D^{-½}g‖² outside the range of D^{-½}FD^{-½}; nil where that is out of reach.
  var outsideRange: Double? { get }
  /// What iterations were needed, and the largest relative residual they left, as far as there were any.
  var convergence: Convergence? { get }
  /// Whether products were formed in double precision.
  var isDouble: Bool { get }
  /// What products were formed in.
  var precision: ElementType { get }

  /// Q_ij = g_iᵀA⁻¹g_j of all gradients [N, N].
  func innerProducts(_ damping: ResolvedDamping) throws -> Matrix
  /// Pairs of the gradients `kept` under Fishers that saw neither; nil where some pair leaves no row.
  func heldOut(_ damping: ResolvedDamping, kept: [Int]) throws -> HeldOutPairs?
  /// Factor rows in the metric's coordinates, for the population's estimate; nil where minibatches are not told apart or
  /// that is out of reach.
  func groupedRows(_ damping: ResolvedDamping) throws -> GroupedRows?
  /// Scale and shape of F; nil where that is out of reach.
  func summary(_ damping: ResolvedDamping) throws -> (summary: FisherSummary, spectra: FisherSpectra)?
  /// d = tr F̃(F̃ + λI)⁻¹ at λ = `shift`, F̃ in the metric's coordinates.
  func effectiveDimension(shift: Double) throws -> Double
  /// Whether each ρ takes iterations over the rows.
  var isIterative: Bool { get }
  /// α [N, M] with g̃_i − Σ_m α_im s̃_m = ρA⁻¹g̃_i, s̃ the factor rows; for `minibatch` the gradients that the Fisher is of.
  func combination(_ damping: ResolvedDamping) throws -> Matrix
  /// What tells s_bᵀ(SSᵀ + μI)⁻¹s_b of columns s_b of the factor rows [M, n], which are d if added up over all of them; nil where that
  /// would take iterations. For `minibatch` of columns of the gradients that the Fisher is of.
  func leverages(_ damping: ResolvedDamping) throws -> (@Sendable (_ columns: Matrix) -> [Double])?
  /// Q of the columns of each tensor with their diagonal block of F, in the order of the input; nil entries where no
  /// column is live.
  func tensors(_ damping: ResolvedDamping) throws -> [TensorProducts]
}

/// How an iterative solve ended.
struct Convergence: Sendable {
  var iterations: Int
  var residual: Double
}

/// Eigenvalues of F and of D^{-½}FD^{-½}, descending.
struct FisherSpectra: Sendable {
  var raw: [Double]
  var normalized: [Double]
}

/// Inner products of one tensor's columns.
struct TensorProducts: Sendable {
  /// G·Gᵀ [N, N].
  var gradients: Matrix
  /// Gradients with an element that is not 0 here.
  var isNonzero: [Bool]
  /// Columns in which some factor or gradient is not 0.
  var touchedCount = 0
  /// Q [N, N]; nil where no column is live or there is no usable Fisher.
  var kl: Matrix?
}

extension FisherSolver {
  var isIterative: Bool { false }
  var precision: ElementType { isDouble ? .float64 : .float32 }
}
