internal import Synchronization

/// The weight of every group of factor rows at which it counts as if it were not its own neighbour.
///
/// The inverse of A = Σ_k S̃_kᵀW_kS̃_k/M + ρI behaves like that of Σ_k S̃_kᵀ(W_k⁻¹ + H_k)⁻¹S̃_k/M + ρI for vectors that are
/// independent of the rows, H_k = S̃_kA₋ₖ⁻¹S̃_kᵀ/M (leave-one-out form of the deterministic equivalents of random matrix
/// theory; Couillet and Liao 2022, chapter 2). So W_k = (I/c − H_k)⁻¹ counts as c = 1−ρ. Solved for E_k = cH_k, W_k =
/// c(I − E_k)⁻¹.
struct GroupWeights: Sendable {
  /// E_k of all groups one after another, each row-major.
  let own: [Double]
  /// Share of Σ_k tr(S̃_kS̃_kᵀ) = M tr F̃ in directions of the rows in which E_k was set to ``cap``.
  let capped: Double
  /// tr E_k summed over groups, a row.
  let leverage: Double
  /// Whether the last step changed nothing.
  let isSettled: Bool

  /// Eigenvalues of E_k above this are set to it: there are too few rows for them to be weighed.
  static let cap = 0.9
  /// The most that an element of E_k may still change.
  static let tolerance = 1e-5
  private static let stepLimit = 200

  /// Nil where A is not positive definite in double precision. `share` is what H_k is multiplied by, `start` another
  /// ρ's E_k.
  init?(
    _ rows: GroupedRows, weight: Double, share: Double, start: [Double]? = nil, tolerance: Double = Self.tolerance,
    workerCount: Int
  ) {
    let steps = GroupWeightStep(rows: rows, weight: weight, share: share, workerCount: workerCount)
    var place = start ?? [Double](repeating: 0, count: steps.count)
    var mixing = Mixing()
    for _ in 0..<Self.stepLimit {
      guard
        let step = steps.step(from: place)
          ?? mixing.retreat().flatMap({
            place = $0; return steps.step(from: $0)
          })
      else { return nil }
      let change = zip(step.own, place).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if change <= tolerance {
        self.init(rows, step, isSettled: true, workerCount: workerCount)
        return
      }
      place = mixing.next(place, step.own)
    }
    guard let step = steps.step(from: place) else { return nil }
    self.init(rows, step, isSettled: false, workerCount: workerCount)
  }

  private init(_ rows: GroupedRows, _ step: GroupWeightStep.Result, isSettled: Bool, workerCount: Int) {
    own = step.own
    leverage = step.leverage
    self.isSettled = isSettled
    let starts = GroupWeightStep.starts(rows)
    let masses = Mutex((capped: 0.0, all: 0.0))
    OrderedWork.run(count: rows.groups.count, workerCount: workerCount) { group in
      let range = rows.groups[group]
      return Self.mass(rows.rows.rows(range), step.own[starts[group]..<(starts[group] + range.count * range.count)])
    } commit: { _, mass in
      masses.withLock { $0 = ($0.capped + mass.capped, $0.all + mass.all) }
    }
    let (capped, all) = masses.withLock { $0 }
    self.capped = all > 0 ? min(1, capped / all) : 0
  }

  /// Squared lengths of one group's rows in capped directions, and in all.
  private static func mass(_ rows: Matrix, _ own: ArraySlice<Double>) -> (capped: Double, all: Double) {
    let all = rows.squaredFrobenius
    let limit = cap * (1 - 1e-6)
    let count = rows.rowCount
    guard count > 1 else { return (own.first! >= limit ? all : 0, all) }
    var matrix = Matrix(count, count)
    for (index, element) in own.enumerated() { matrix.elements[index] = element }
    guard Cholesky(Matrix.identity(count) * limit - matrix) == nil else { return (0, all) }
    let eigen = SymmetricEigen(matrix)
    let vectors = eigen.vectors.rows((eigen.values.firstIndex { $0 >= limit } ?? count)..<count)
    return ((vectors * rows).squaredFrobenius, all)
  }

  /// Rows weighed so that S̃ᵀWS̃ = c·(these)ᵀ(these): C_k⁻¹S̃_k with I − E_k = C_kC_kᵀ. [M, r]
  func weighed(_ rows: GroupedRows) -> Matrix? {
    GroupWeightStep.weighed(rows, rows.groups.indices, own)
  }
}

/// One step of the fixed point.
private struct GroupWeightStep: Sendable {
  let rows: GroupedRows
  let weight: Double
  let share: Double
  let workerCount: Int

  struct Result {
    var own: [Double] = []
    var leverage = 0.0
  }

  /// Elements of all E_k.
  var count: Int { rows.groups.reduce(0) { $0 + $1.count * $1.count } }

  /// E_k of A made with the E_k of `own`; nil where something is not positive definite.
  func step(from own: [Double]) -> Result? {
    let order = rows.rows.columnCount
    let total = Double(rows.rows.rowCount)
    let c = 1 - weight
    let pieces = rows.pieces(of: 256)
    let square = Mutex<Matrix?>(Matrix(order, order))
    OrderedWork.run(count: pieces.count, workerCount: workerCount) {
      Self.weighed(rows, pieces[$0], own)?.squareOfColumns()
    } commit: { _, part in
      square.withLock { whole in
        guard let part else { return whole = nil }
        whole?.add(part)
      }
    }
    guard var metric = square.withLock({ $0 }) else { return nil }
    metric.scale(by: c / total)
    for index in 0..<order { metric[index, index] += weight }
    guard let factor = Cholesky(metric) else { return nil }

    let starts = starts
    let result = Mutex<Result?>(Result())
    OrderedWork.run(count: pieces.count, workerCount: workerCount) { index -> Result? in
      let groups = pieces[index]
      let first = rows.groups[groups.lowerBound].lowerBound
      let whitened = factor.halfSolve(
        rows: rows.rows.rows(first..<rows.groups[groups.upperBound - 1].upperBound), scale: 1 / total.squareRoot())
      var part = Result()
      for group in groups {
        let range = rows.groups[group]
        let block = whitened.rows((range.lowerBound - first)..<(range.upperBound - first))
        let old = own[starts[group]..<(starts[group] + range.count * range.count)]
        guard let new = renewed(block, old, c) else { return nil }
        part.own += new.own
        part.leverage += new.leverage
      }
      return part
    } commit: { _, part in
      result.withLock { whole in
        guard let part else { return whole = nil }
        whole?.own += part.own
        whole?.leverage += part.leverage
      }
    }
    guard var all = result.withLock({ $0 }) else { return nil }
    all.leverage /= total
    return all
  }

  /// E = share·cH of one group from a = S̃_kA⁻¹S̃_kᵀ/M, where A holds the group itself: H = a + a(W⁻¹ − a)⁻¹a.
  private func renewed(_ whitened: Matrix, _ old: ArraySlice<Double>, _ c: Double) -> Result? {
    let count = whitened.rowCount
    let all = whitened.timesTransposed(whitened)
    if count == 1 {
      let left = (1 - old.first!) / c - all[0, 0]
      guard left > 0 else { return nil }
      let value = share * c * (all[0, 0] + all[0, 0] * all[0, 0] / left)
      return Result(own: [min(value, GroupWeights.cap)], leverage: min(value, GroupWeights.cap))
    }
    var left = Matrix(count, count)
    for (index, element) in old.enumerated() { left.elements[index] = -element / c - all.elements[index] }
    for index in 0..<count { left[index, index] += 1 / c }
    guard let factor = Cholesky(left) else { return nil }
    let half = factor.halfSolve(rows: all)
    var next = half.timesTransposed(half) + all
    next.scale(by: share * c)
    next.copyUpperTriangle()
    if Cholesky(Matrix.identity(count) * GroupWeights.cap - next) == nil {
      let eigen = SymmetricEigen(next)
      let values = eigen.values.map { min(max(0, $0), GroupWeights.cap) }
      let turned = eigen.vectors.transposed
      next = turned.scalingColumns(by: values).timesTransposed(turned)
    }
    return Result(own: next.elements, leverage: next.trace)
  }

  /// Where each group's E_k begins.
  private var starts: [Int] { Self.starts(rows) }

  static func starts(_ rows: GroupedRows) -> [Int] {
    var next = 0
    return rows.groups.map { group in
      defer { next += group.count * group.count }
      return next
    }
  }

  /// C_k⁻¹S̃_k of `groups`, I − E_k = C_kC_kᵀ; nil where one is not positive definite.
  static func weighed(_ rows: GroupedRows, _ groups: Range<Int>, _ own: [Double]) -> Matrix? {
    guard let begin = groups.first, let end = groups.last else { return Matrix(0, rows.rows.columnCount) }
    let starts = starts(rows)
    let first = rows.groups[begin].lowerBound
    var result = rows.rows.rows(first..<rows.groups[end].upperBound)
    for group in groups {
      let range = rows.groups[group]
      let count = range.count
      if count == 1 {
        let left = 1 - own[starts[group]]
        guard left > 0 else { return nil }
        result.scale(row: range.lowerBound - first, by: 1 / left.squareRoot())
        continue
      }
      var left = Matrix.identity(count)
      for index in left.elements.indices { left.elements[index] -= own[starts[group] + index] }
      guard let factor = Cholesky(left) else { return nil }
      let place = (range.lowerBound - first)..<(range.upperBound - first)
      result.replace(rows: place, by: factor.halfInverse * result.rows(place))
    }
    return result
  }
}

/// Anderson's mixing of the last three places, which takes a third of the steps of a damped iteration. (Walker and Ni 2011)
private struct Mixing {
  private var places: [[Double]] = []
  private var changes: [[Double]] = []
  private var safe: [Double]?

  /// The next place, from a place and what the step made of it.
  mutating func next(_ place: [Double], _ stepped: [Double]) -> [Double] {
    let change = zip(stepped, place).map { $0 - $1 }
    safe = zip(stepped, place).map { ($0 + $1) / 2 }
    defer {
      places = Array((places + [place]).suffix(2))
      changes = Array((changes + [change]).suffix(2))
    }
    func dot(_ one: [Double], _ other: [Double]) -> Double { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }
    // A step that leads away says nothing of where the fixed point is.
    if let last = changes.last, dot(change, change) > dot(last, last) {
      places = []
      changes = []
      return safe!
    }
    guard !changes.isEmpty else { return stepped }
    let differences = changes.map { old in zip(change, old).map { $0 - $1 } }
    let moves = places.map { old in zip(place, old).map { $0 - $1 } }
    let count = differences.count
    var normal = Matrix(count, count) { dot(differences[$0], differences[$1]) }
    for index in 0..<count { normal[index, index] *= 1 + 1e-10 }
    guard let factor = Cholesky(normal) else { return stepped }
    let shares = factor.solve(rows: Matrix(1, count) { dot(differences[$1], change) })
    var result = stepped
    for index in 0..<count {
      let share = shares[0, index]
      for element in result.indices { result[element] -= share * (moves[index][element] + differences[index][element]) }
    }
    return result
  }

  /// A place from which a step is always possible, once.
  mutating func retreat() -> [Double]? {
    defer { safe = nil }
    places = []
    changes = []
    return safe
  }
}
