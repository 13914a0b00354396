internal import Checkpoint

/// Turns what a ``ParameterPass`` added up into measures.
struct ParameterAssembly {
  private let input: AuditInput
  private let plan: AuditPlan
  /// Tensors of more than one axis.
  private let matrices: [TensorColumns]
  private let shape: ParameterShape
  /// Over columns, and the others.
  private let columns: [Double]
  private let others: [Double]
  /// θᵀFθ; nil without θ, and beyond double precision.
  private let fisherRao: Estimate?

  init(_ pass: ParameterPass, _ plan: AuditPlan, _ sums: ParameterSums) {
    (input, self.plan, matrices, shape) = (pass.input, plan, pass.matrices, pass.shape)
    (columns, others) = (sums.columns.value.elements, sums.others)
    fisherRao = shape.rowCount > 0 ? Self.fisherRao(Array(columns[shape.projections]), input, plan) : nil
  }

  /// What is wrong with θ; nil where nothing is.
  var warning: AuditWarning? {
    if others[shape.unusable] > 0 { return .parametersNotFinite }
    let isBeyond = others[shape.beyondRange] > 0 || shape.rowCount > 0 && fisherRao == nil
    return isBeyond ? .parametersBeyondRange : nil
  }

  var measures: ParameterMeasures {
    var measures = ParameterMeasures()
    measures.signalToNoise = SignalToNoise(numbers: columns[shape.ratios]).mean(batchSize: input.batchSize)
    guard shape.rowCount > 0, warning == nil else { return measures }
    measures.fisherRao = fisherRao
    addFlatness(to: &measures)
    return measures
  }

  /// θᵀFθ from the inner products of θ and the rows of F.
  private static func fisherRao(_ projections: [Double], _ input: AuditInput, _ plan: AuditPlan) -> Estimate? {
    if let factors = plan.factors { return FactorMean(factors).estimate(projections.map { $0 * $0 }) }
    let estimate = Jackknife.estimate(count: projections.count, scale: .logarithmic) { leaving in
      let left = projections.indices.filter { $0 != leaving }.map { projections[$0] }
      let mean = left.reduce(0, +) / Double(left.count)
      let square = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return input.fisherBatchSize * square / Double(left.count - 1) + mean * mean
    }
    return estimate.value.isFinite ? estimate : nil
  }

  /// Adds relative flatness, tensor by tensor and of all.
  private func addFlatness(to measures: inout ParameterMeasures) {
    var total = [Double](repeating: 0, count: shape.terms(0).count)
    for (place, tensor) in matrices.enumerated() {
      let terms = others[shape.terms(place)]
      for (row, term) in terms.enumerated() { total[row] += term }
      // A sum that lacks a tensor would be another measure.
      guard let estimate = flatness(terms) else { return }
      measures.tensors.append(TensorFlatness(name: tensor.name, relativeFlatness: estimate))
    }
    measures.lastRelativeFlatness = measures.tensors.last?.relativeFlatness
    measures.relativeFlatness = measures.tensors.isEmpty ? nil : flatness(total)
  }

  /// Of F = b·Cov(g) + ḡḡᵀ without an error, which would take inner products of gradients.
  private func flatness(_ terms: some Collection<Double>) -> Estimate? {
    if let factors = plan.factors { return FactorMean(factors).estimate(terms) }
    let (others, own) = (terms.dropLast(), terms.suffix(1).reduce(0, +))
    let value = input.fisherBatchSize * others.reduce(0, +) / Double(others.count - 1) + own
    return value.isFinite ? Estimate(value: value, standardError: nil) : nil
  }
}
