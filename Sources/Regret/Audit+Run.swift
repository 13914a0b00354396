internal import Checkpoint

extension Audit {
  /// Audits `input`: reads its rows and computes what `options` asks for.
  ///
  /// Throws ``CheckpointError`` where rows cannot be read or hold a value that is not finite, ``AuditError`` where the
  /// options do not fit the rows.
  public init(of input: AuditInput, options: AuditOptions = AuditOptions()) throws {
    try self.init(of: input, options: options, work: LocalWork())
  }

  /// The same where `work` reads the rows.
  init(of input: AuditInput, options: AuditOptions, work: any ColumnWork) throws {
    BLAS.useOneThread()
    let input = try input.arranged(reference: options.reference, fisher: options.fisherGroup).checkingOtherTiles()
    let plan = try AuditPlan(input, options, work: work)
    func read(_ input: AuditInput, _ plan: AuditPlan) throws -> (Sample, (any FisherSolver)?) {
      switch plan.solver {
      case .primal: try PrimalSolver.read(input, plan)
      case .cg: try ConjugateGradientSolver.read(input, plan)
      default: try GramSolver.read(input, plan)
      }
    }
    var (sample, solver) = try read(input, plan)
    if input.sketch != nil { solver = try SketchedSolver.read(input, plan, &sample, solver) }
    if sample.isOutOfRange { solver = try BalancedSolver.read(input, plan, sample, solver, read) }
    // What is wrong with these rows is wrong with the gradients, whichever Fisher is in use.
    if let rows = input.factors.first(where: { $0.kind == .empirical }) {
      sample.empiricalMean = try EmpiricalMean.mismatch(input, rows, plan.work)
    }
    sample.equalRows = try EqualRows.find(products: sample.gradients) {
      try plan.work.areEqual($0, $1, in: input.gradients)
    }
    self = try AuditAssembly(input: input, plan: plan, sample: sample, solver: solver).audit()
    arrays?.renumber { input.gradients.storedRow($0) }
    minibatches?.renumber { input.gradients.storedRow($0) }
  }

  /// How ``init(of:options:)`` would go about it, without reading a row.
  public static func plan(of input: AuditInput, options: AuditOptions = AuditOptions()) throws(AuditError)
    -> PlanSummary
  {
    try AuditPlan(input.arranged(reference: options.reference, fisher: options.fisherGroup), options).summary
  }

  /// The weights at which the damping path is evaluated.
  public static let pathWeights = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1]
}
