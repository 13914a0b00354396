import Checkpoint
import Regret
import Testing

@Suite("Rows that are not finite, left out")
struct LeftOutRowTests {
  static let solvers: [SolverChoice] = [.gram, .primal, .cg]

  /// Six minibatches of eight factor rows each; two rows of other data at the end.
  private let whole = RandomSample(
    name: "", seed: 11, sizes: [8, 4, 8, 2, 8, 8], tensors: [20, 10], ids: RandomSample.even(6, 8) + [-1, -1]
  ).sample

  /// `whole` without the minibatches and factor rows told, made by hand.
  private func reduced(_ minibatches: Set<Int>, _ factorRows: Set<Int>) -> TestSample {
    var sample = whole
    let columns = Array(0..<whole.gradients.columns)
    let kept = whole.sizes.indices.filter { !minibatches.contains($0) }
    sample.gradients = whole.gradients.keeping(rows: kept, columns: columns)
    sample.sizes = kept.map { whole.sizes[$0] }
    sample.factors = whole.factors.mapValues { factors in
      let ids = factors.ids!
      let left = ids.indices.filter { !factorRows.contains($0) && !minibatches.contains(ids[$0]) }
      return (factors.rows.keeping(rows: left, columns: columns), left.map { kept.firstIndex(of: ids[$0]) ?? -1 })
    }
    return sample
  }

  @Test("give the audit of the others, under every solver", arguments: solvers, ElementType.allCases)
  func others(solver: SolverChoice, storage: ElementType) throws {
    var broken = whole
    for (row, value) in [(1, Double.nan), (4, -.infinity)] { broken.gradients[row, 7] = value }
    for kind in broken.factors.keys { broken.factors[kind]!.rows[9, 29] = .infinity }
    for kind in broken.factors.keys { broken.factors[kind]!.rows[17, 0] = .nan }
    var options = AuditOptions(damping: .diagonal(0.3), solver: solver)
    options.keepsArrays = true
    let refused = #expect(throws: CheckpointError.self) {
      try Audit(of: broken.stored(as: storage).input, options: options)
    }
    #expect(refused?.cause == .nonFinite(object: "/gradients", row: 1))

    let input = try broken.stored(as: storage).input.leavingOutNonFinite()
    var audit = try Audit(of: input, options: options)
    var expected = try Audit(of: reduced([1, 4], [9, 17]).stored(as: storage).input, options: options)
    #expect(audit.minibatchCount == 4)
    let warning = try #require(audit.warnings.first)
    #expect(warning.code == "rows_left_out")
    #expect(warning.message.contains("rows 1, 4 of /gradients; rows 9, 17 of /fisher/exact/factors; 15 more of"))
    #expect(audit.arrays?.euclidean?.minibatches == [0, 2, 3, 5])
    audit.arrays = nil
    audit.warnings.removeFirst()
    expected.arrays = nil
    for (place, row) in [0, 2, 3, 5].enumerated() { expected.minibatches?[place].row = row }
    #expect(audit == expected)
  }

  @Test("take a group with them that has no other")
  func groups() throws {
    var broken = whole
    for row in [1, 4] { broken.gradients[row, 7] = .nan }
    var input = broken.input
    input.groups = MinibatchGroups(names: ["a", "b", "c"], ids: [0, 1, 0, 2, 1, 2])
    let left = try input.leavingOutNonFinite()
    #expect(left.groups == MinibatchGroups(names: ["a", "c"], ids: [0, 0, 1, 1]))
    #expect(left.warnings.first?.message.contains("rows 1, 4 of /gradients; with that all of group \"b\"; ") == true)
    #expect(try Audit(of: left, options: AuditOptions(reference: "c")).minibatchCount == 2)
  }

  @Test("are none where all is finite")
  func none() throws {
    let input = try whole.input.leavingOutNonFinite()
    #expect(input.warnings.isEmpty && input.gradients.rowCount == 6)
  }

  @Test("take a Fisher with them that has no other row, and the gradients too where fewer than two are left")
  func few() throws {
    var broken = whole
    for kind in broken.factors.keys {
      for row in 0..<broken.factors[kind]!.rows.rows { broken.factors[kind]!.rows[row, 3] = .nan }
    }
    #expect(try broken.input.leavingOutNonFinite().factors.isEmpty)
    for row in 0..<5 { broken.gradients[row, 3] = .nan }
    #expect(throws: CheckpointError.self) { try broken.input.leavingOutNonFinite() }
  }
}
