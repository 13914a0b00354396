/// The hyperparameters of many runs as columns.
struct Settings: Sendable {
  /// Hyperparameters that take more than one value, by name.
  let names: [String]
  /// Values of each run in the order of `names`; a run that did not record one has nil there.
  private let rows: [[Double?]]
  private let seeds: [Double?]

  init(_ runs: [ComparedRun]) {
    let all = runs.map(\.hyperparameters)
    let names = Set(all.flatMap(\.keys)).sorted().filter { name in Set(all.map { $0[name] }).count > 1 }
    self.names = names
    rows = all.map { own in names.map { own[$0] } }
    seeds = runs.map(\.seed)
  }

  private init(names: [String], rows: [[Double?]], seeds: [Double?]) {
    self.names = names
    self.rows = rows
    self.seeds = seeds
  }

  /// The settings of some of the runs.
  func of(_ members: [Int]) -> Settings {
    Settings(names: names, rows: members.map { rows[$0] }, seeds: members.map { seeds[$0] })
  }

  func value(of hyperparameter: Int, run: Int) -> Double? { rows[run][hyperparameter] }

  /// Runs that differ in their seed at most, labelled alike; nil where no hyperparameter is known to vary.
  var labels: [Int]? {
    guard !names.isEmpty else { return nil }
    var known: [[Double?]: Int] = [:]
    return rows.map { row in
      if let label = known[row] { return label }
      known[row] = known.count
      return known.count - 1
    }
  }

  /// How many there are; 0 where no hyperparameter is known to vary.
  var count: Int { labels.map { Set($0).count } ?? 0 }

  /// Whether two runs are known to differ in a hyperparameter: what one of them did not record is not known.
  func differ(_ first: Int, _ second: Int, in hyperparameter: Int) -> Bool {
    guard let one = rows[first][hyperparameter], let other = rows[second][hyperparameter] else { return false }
    return one != other
  }

  /// Runs that agree in all but one hyperparameter, seed included, in order of first appearance; two runs at least.
  func groups(varying hyperparameter: Int) -> [[Int]] {
    var keys = rows
    for run in keys.indices { keys[run][hyperparameter] = seeds[run] }
    return grouped(keys).filter { Set($0.compactMap { rows[$0][hyperparameter] }).count > 1 }
  }

  /// Runs of one setting, whatever their seed, in order of first appearance.
  var settings: [[Int]] { grouped(rows) }

  /// The one hyperparameter in which two runs differ, where there is exactly one.
  func onlyDifference(_ first: Int, _ second: Int) -> Int? {
    let different = names.indices.filter { rows[first][$0] != rows[second][$0] }
    return different.count == 1 && differ(first, second, in: different[0]) ? different[0] : nil
  }

  private func grouped(_ keys: [[Double?]]) -> [[Int]] {
    var places: [[Double?]: Int] = [:]
    var groups: [[Int]] = []
    for (run, key) in keys.enumerated() {
      if let place = places[key] {
        groups[place].append(run)
      } else {
        places[key] = groups.count
        groups.append([run])
      }
    }
    return groups
  }
}
