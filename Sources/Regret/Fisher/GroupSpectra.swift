internal import Synchronization

/// Eigenvalues of the Fisher of all rows whose minibatch is known, and of each minibatch's alone.
struct GroupSpectra: Sendable {
  let whole: [Double]
  /// One entry a minibatch that has rows: its share of the rows, and its eigenvalues.
  let parts: [(share: Double, eigenvalues: [Double])]

  init(whole: [Double], parts: [(share: Double, eigenvalues: [Double])]) {
    self.whole = whole
    self.parts = parts
  }

  /// From S·Sᵀ of all rows; `groups` are the rows of each minibatch, `whole` the eigenvalues of all rows' Fisher, which
  /// serve where every row belongs to some minibatch. Eigenvalues that are zero for want of rows are left out.
  init(gram: Matrix, groups: [[Int]], whole: [Double], workerCount: Int) {
    @Sendable func eigenvalues(_ rows: [Int]) -> [Double] {
      let product = rows.count == gram.rowCount ? gram : gram.submatrix(rows, rows)
      return SymmetricEigen(product, withVectors: false).values.map { max(0, $0) / Double(rows.count) }
    }
    let known = groups.flatMap { $0 }.sorted()
    let parts = Mutex<[(share: Double, eigenvalues: [Double])]>([])
    OrderedWork.run(count: groups.count, workerCount: workerCount) {
      eigenvalues(groups[$0])
    } commit: { group, values in
      parts.withLock { $0.append((Double(groups[group].count) / Double(known.count), values)) }
    }
    self.init(
      whole: known.count == gram.rowCount ? whole : eigenvalues(known), parts: parts.withLock { $0 })
  }

  func mean(_ measure: ([Double]) -> Double) -> Double {
    parts.reduce(0) { $0 + $1.share * measure($1.eigenvalues) }
  }

  func ratio(_ measure: ([Double]) -> Double) -> Double { mean(measure) / measure(whole) }
}
