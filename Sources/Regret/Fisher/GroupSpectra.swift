/// Eigenvalues of the Fisher of all rows whose minibatch is known, and of each minibatch's alone.
struct GroupSpectra: Sendable {
  let whole: [Double]
  /// One entry a minibatch that has rows: its share of the rows, and its eigenvalues.
  let parts: [(share: Double, eigenvalues: [Double])]

  init(whole: [Double], parts: [(share: Double, eigenvalues: [Double])]) {
    self.whole = whole
    self.parts = parts
  }

  /// From S·Sᵀ of all rows; `groups` are the rows of each minibatch. Eigenvalues that are zero for want of rows are
  /// left out.
  init(gram: Matrix, groups: [[Int]]) {
    func eigenvalues(_ rows: [Int]) -> [Double] {
      let product = rows.count == gram.rowCount ? gram : gram.submatrix(rows, rows)
      return SymmetricEigen(product, withVectors: false).values.map { max(0, $0) / Double(rows.count) }
    }
    let known = groups.flatMap { $0 }.sorted()
    self.init(
      whole: eigenvalues(known),
      parts: groups.map { (Double($0.count) / Double(known.count), eigenvalues($0)) })
  }

  func mean(_ measure: ([Double]) -> Double) -> Double {
    parts.reduce(0) { $0 + $1.share * measure($1.eigenvalues) }
  }

  func ratio(_ measure: ([Double]) -> Double) -> Double { mean(measure) / measure(whole) }
}
