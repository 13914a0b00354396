internal import Checkpoint

/// Who reads the columns of an audit's rows and adds up what it makes of them: this process, several that share them out,
/// or processes that ended before and left their sums.
///
/// Whatever a solver needs of the rows while it streams them goes through here; all of it adds up over columns.
protocol ColumnWork: Sendable {
  /// The ways in which A⁻¹ can be applied by this work.
  var solvers: [SolverChoice] { get }
  /// What products are formed in, where that is settled already.
  var precision: ElementType? { get }
  /// Whether it can tell what a ``ParameterPass`` adds up, and whether that takes memory here.
  var tellsParameters: Bool { get }
  var readsParameters: Bool { get }

  /// The sums over all of `parts`, each of which is handed to `finish` when it is complete, from any thread.
  ///
  /// Products are formed in double precision where `isDouble`, else in float32 or on tiles, as `request` says. Where
  /// `isVerified`, rows are checked against their checksums on the way; `parts` then cover all columns.
  func sums(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool, isDouble: Bool,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void
  ) throws -> GramSums

  /// What `product` makes of each row of `vectors` [n, M], before its scale.
  func images(_ vectors: Matrix, by product: FactorProduct) throws -> Matrix

  /// What `pass` adds up.
  func parameters(_ pass: ParameterPass) throws -> ParameterSums

  /// What tells whether the rows of `factors` that are of each of `minibatches` have its gradient as their mean.
  func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows
  ) throws -> [EmpiricalMean.Moments]

  /// Whether two rows of `gradients`, which are all columns of them, are the same to the bit.
  func areEqual(_ first: Int, _ second: Int, in gradients: any ColumnBlocks) throws -> Bool
}

extension ColumnWork {
  /// Whoever reads columns can.
  var tellsParameters: Bool { true }
  var readsParameters: Bool { true }
}

/// This process reads all columns.
struct LocalWork: ColumnWork {
  var solvers: [SolverChoice] = [.gram, .primal, .cg]
  var precision: ElementType? { nil }

  func sums(
    _ request: GramRequest, over parts: [Range<Int>], plan: AuditPlan, isVerified: Bool, isDouble: Bool,
    finish: @escaping @Sendable (_ part: Int, GramSums) -> Void
  ) throws -> GramSums {
    // Of known types, that the compiler makes code for them.
    isDouble
      ? try sums(request, parts, plan, isVerified, finish, in: Double.self)
      : try sums(request, parts, plan, isVerified, finish, in: Float.self)
  }

  private func sums<Scalar: WorkingScalar>(
    _ request: GramRequest, _ parts: [Range<Int>], _ plan: AuditPlan, _ isVerified: Bool,
    _ finish: @escaping @Sendable (_ part: Int, GramSums) -> Void, in scalar: Scalar.Type
  ) throws -> GramSums {
    let total = try GramPass.read(request, over: parts, plan.pass, isVerified: isVerified, in: scalar) {
      finish($0, $1.value.completed())
    }
    return total.value.completed()
  }

  func images(_ vectors: Matrix, by product: FactorProduct) throws -> Matrix { try product.read(vectors).value }

  func parameters(_ pass: ParameterPass) throws -> ParameterSums { try pass.sums() }

  func moments(
    of minibatches: [Int], _ gradients: any ColumnBlocks, _ factors: FactorRows
  ) throws -> [EmpiricalMean.Moments] {
    try EmpiricalMean.moments(of: minibatches, gradients, factors, 0..<gradients.columnCount)
  }

  func areEqual(_ first: Int, _ second: Int, in gradients: any ColumnBlocks) throws -> Bool {
    try EqualRows.areEqual(first, second, in: gradients)
  }
}
