#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Regret

/// The estimate under the population's Fisher word for word: weights by a plain damped iteration, every pair's metric
/// refitted from its rows, derivatives as differences.
struct DensePopulation {
  /// Gradients that have a length, in coordinates where D = 1.
  let gradients: DenseMatrix
  let factors: DenseMatrix
  /// Place of each row's gradient in `gradients`; what is no place there is other data.
  let places: [Int?]
  /// Rows that are independent of each other: one number a group.
  let members: [Int]
  let weight: Double
  let batchSize: Double

  /// `kept` are the minibatches of the gradients.
  init(_ fisher: DenseFisher, _ damping: ResolvedDamping, kept: [Int], batchSize: Double) {
    let mean = fisher.diagonal.reduce(0, +) / Double(fisher.diagonal.count)
    func whitened(_ matrix: DenseMatrix) -> DenseMatrix {
      var part = matrix.keeping(columns: fisher.live)
      for row in 0..<part.rows {
        for (column, own) in fisher.diagonal.enumerated() {
          part[row, column] /= sqrt(damping.kind == .identity ? mean : own)
        }
      }
      return part
    }
    gradients = whitened(fisher.gradients.keeping(rows: kept))
    factors = whitened(fisher.factors!)
    places = fisher.ids!.map { id in kept.firstIndex(of: id) }
    members = fisher.ids!.enumerated().map { $1 < 0 ? -1 - $0 : $1 }
    weight = damping.weight!
    self.batchSize = batchSize
  }

  private var count: Int { gradients.rows }
  private var total: Double { Double(factors.rows) }
  private var names: [Int] { Set(members).sorted() }
  private func rows(_ name: Int) -> DenseMatrix {
    factors.keeping(rows: members.indices.filter { members[$0] == name })
  }
  private func own(_ place: Int) -> [Int] { places.indices.filter { places[$0] == place } }
  private func place(_ name: Int) -> Int? { places[members.firstIndex(of: name)!] }

  private var share: Double {
    let mean = (0..<count).reduce(0) { $0 + Double(own($1).count) } / Double(count)
    return total / (total - 2 * mean)
  }

  /// W_k, and the share of the squared lengths of rows in directions that were capped.
  private func weights() -> ([DenseMatrix], Double) {
    let c = 1 - weight
    let groups = names.map(rows)
    var weights = groups.map { DenseMatrix.identity($0.rows) * c }
    var capped = 0.0
    for _ in 0..<400 {
      var metric = DenseMatrix.identity(factors.columns) * weight
      for (group, own) in zip(groups, weights) { metric = metric + group.transposed * own * group * (1 / total) }
      let inverse = metric.inverse
      var change = 0.0
      capped = 0.0
      weights = zip(groups, weights).map { group, own in
        let all = group * inverse * group.transposed * (1 / total)
        var lent = (DenseMatrix.identity(group.rows) - all * own).inverse * all * (share * c)
        lent = (lent + lent.transposed) * 0.5
        let (values, vectors) = lent.eigen
        capped += (vectors.keeping(rows: values.indices.filter { values[$0] > 0.9 }) * group).squaredNorm
        var scaled = vectors
        for (row, value) in values.enumerated() {
          for column in 0..<scaled.columns { scaled[row, column] *= c / (1 - min(max(value, 0), 0.9)) }
        }
        let next = (own + vectors.transposed * scaled) * 0.5
        change = max(change, sqrt((next - own).squaredNorm))
        return next
      }
      if change < 1e-11 { break }
    }
    return (weights, capped / factors.squaredNorm)
  }

  /// Regret, cosine, norm, spread and cross product of one pair.
  private static func terms(_ q: DenseMatrix) -> [Double] {
    let (a, b, c) = (sqrt(q[0, 0]), sqrt(q[1, 1]), q[0, 1])
    return [(b - c / a + a - c / b) / 2, c / (a * b), (a + b) / 2, (q[0, 0] + q[1, 1]) / 2 - c, c]
  }

  /// How the terms move along `growth`, by a difference.
  private static func moved(_ q: DenseMatrix, _ growth: DenseMatrix) -> [Double] {
    let size = growth.values.map(abs).max()!
    guard size > 0 else { return [0, 0, 0, 0, 0] }
    let step = 1e-5 * min(q[0, 0], q[1, 1]) / size
    let (up, down) = (terms(q + growth * step), terms(q - growth * step))
    return zip(up, down).map { ($0 - $1) / (2 * step) }
  }

  var figures: Figures {
    let (weights, capped) = weight < 1 ? self.weights() : ([], 0)
    let width = factors.columns
    let blocks = zip(names.map(rows), weights).map { $0.transposed * $1 * $0 }
    let zero = DenseMatrix(width, width)
    func sum(without left: [Int]) -> DenseMatrix {
      zip(names, blocks).reduce(zero) { sum, entry in
        place(entry.0).map(left.contains) == true ? sum : sum + entry.1
      }
    }
    let sizes = names.map { Double(rows($0).rows) }
    let groupShare = min(1, share * sizes.reduce(0) { $0 + $1 * $1 } / (total * total))
    let root = weight < 1 ? sqrt(groupShare) : 0
    let floor = DenseMatrix.identity(width) * weight
    var products: [[Int]: DenseMatrix] = [:]
    for j in 0..<count {
      for i in 0..<j {
        let two = gradients.keeping(rows: [i, j])
        let whole = sum(without: [i, j]) * (1 / (total - Double(own(i).count + own(j).count)))
        products[[i, j]] =
          (two * (floor + whole * (1 + root)).inverse * two.transposed
            + two * (floor + whole * (1 - root)).inverse * two.transposed) * 0.5
      }
    }
    // What Q grows by without each group.
    let left = total / share
    let responses = (0..<count).map { a in
      (floor + sum(without: [a]) * (1 / left)).inverse * gradients.keeping(rows: [a]).transposed
    }
    let parts = zip(names, blocks).map { name, block in
      var part = DenseMatrix(count, count)
      for a in 0..<count {
        for b in 0..<count where place(name) == nil || (place(name) != a && place(name) != b) {
          part[a, b] = (responses[a].transposed * block * responses[b])[0, 0] / left
        }
      }
      return part
    }
    let all = parts.reduce(DenseMatrix(count, count)) { $0 + $1 }
    func mean(without place: Int?, group: Int?) -> [Double] {
      var sum = [0.0, 0, 0, 0, 0]
      var number = 0.0
      for (pair, q) in products where place == nil || !pair.contains(place!) {
        var terms = Self.terms(q)
        if let group {
          let own = sizes[group] / left
          let growth = (parts[group] - all * own) * (1 / max(1 - own, 0.5))
          terms = zip(terms, Self.moved(q, growth.keeping(rows: pair, columns: pair))).map { $0 + $1 }
        }
        sum = zip(sum, terms).map { $0 + $1 }
        number += 1
      }
      return sum.map { $0 / number }
    }
    let whole = mean(without: nil, group: nil)
    let jackknife =
      count < 3
      ? []
      : (0..<count).map { a in mean(without: a, group: weight < 1 ? names.firstIndex { place($0) == a } : nil) }
    let others =
      weight < 1 ? names.indices.filter { place(names[$0]) == nil }.map { mean(without: nil, group: $0) } : []
    var figures: Figures = [:]
    // Where the iteration ends decides the sixth digit; differences the others.
    func add(_ name: String, scale: Double, _ statistic: ([Double]) -> Double) {
      let value = statistic(whole)
      figures["\(name).value"] = Figure(value, scale: 1e3 * max(abs(value), scale))
      let each = jackknife.map(statistic)
      let mean = each.reduce(0, +) / Double(max(1, each.count))
      let variance =
        Double(count - 1) / Double(count) * each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        + others.reduce(0) { $0 + (statistic($1) - value) * (statistic($1) - value) }
      figures["\(name).stderr"] = Figure(count < 3 ? nil : sqrt(variance), scale: 1e3 * max(abs(value), scale))
    }
    let longest = sqrt(products.values.flatMap(\.diagonal).max()!)
    add("regret", scale: longest) { $0[0] }
    add("cosine", scale: 1) { $0[1] }
    add("norm", scale: longest) { $0[2] }
    add("relative_regret", scale: longest / whole[2]) { $0[0] / $0[2] }
    add("tic", scale: batchSize * longest * longest) { batchSize * $0[3] }
    figures["capped"] = Figure(capped, scale: 1e3)
    return figures
  }

  static let names =
    ["regret", "cosine", "norm", "relative_regret", "tic"].flatMap { ["\($0).value", "\($0).stderr"] }
    + ["capped"]
}
