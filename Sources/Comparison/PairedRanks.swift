/// Two lists ranked once, so that C − D can be counted again and again for other pairings of the same values.
struct PairedRanks: Sendable {
  /// Members in ascending order of x.
  private let order: [Int]
  /// Lengths of the runs of equal x, in that order.
  private let runs: [Int]
  /// Dense rank of each member's y.
  private let ranks: [Int32]
  /// Pairs that differ in x, and pairs that differ in y.
  private let distinct: (x: Int, y: Int)

  init(_ x: [Double], _ y: [Double]) {
    order = x.indices.sorted { x[$0] < x[$1] }
    runs = Self.runs(order.map { x[$0] })
    let ascending = y.indices.sorted { y[$0] < y[$1] }
    let equal = Self.runs(ascending.map { y[$0] })
    var ranks = [Int32](repeating: 0, count: y.count)
    var place = 0
    for (rank, length) in equal.enumerated() {
      for member in ascending[place..<(place + length)] { ranks[member] = Int32(rank) }
      place += length
    }
    self.ranks = ranks
    let pairs = KendallTau.pairCount(x.count)
    distinct = (
      pairs - runs.reduce(0) { $0 + KendallTau.pairCount($1) },
      pairs - equal.reduce(0) { $0 + KendallTau.pairCount($1) }
    )
  }

  /// C − D as the values are paired.
  var score: Int { score { $0 } }

  var tauB: Double? { counts.tauB }

  /// What pairs are counted by.
  struct Counts: Sendable {
    /// C − D
    var score = 0
    /// Pairs that differ in x.
    var x = 0
    /// Pairs that differ in y.
    var y = 0

    var tauB: Double? { x > 0 && y > 0 ? Double(score) / (Double(x) * Double(y)).squareRoot() : nil }
  }

  var counts: Counts { Counts(score: score, x: distinct.x, y: distinct.y) }

  /// C − D where member i goes with the y of member `partner(i)`, a permutation.
  func score(partner: (Int) -> Int) -> Int {
    var sequence = order.map { ranks[partner($0)] }
    var place = 0
    // Within equal x no pair may count as an inversion, so those go in order first.
    for length in runs {
      if length > 1 { sequence[place..<(place + length)].sort() }
      place += length
    }
    // Pairs that differ in both = those that differ in x less those that differ in x and tie in y.
    return distinct.x - tiedInYOnly(sequence) - 2 * Self.inversions(&sequence)
  }

  /// Pairs that tie in y and differ in x, of y in ascending order of x.
  private func tiedInYOnly(_ sequence: [Int32]) -> Int {
    var joint = 0
    var place = 0
    for length in runs {
      var same = 1
      for index in place..<(place + length) where index > place {
        same = sequence[index] == sequence[index - 1] ? same + 1 : 1
        joint += same - 1
      }
      place += length
    }
    return KendallTau.pairCount(sequence.count) - distinct.y - joint
  }

  private static func runs(_ sorted: [Double]) -> [Int] {
    var runs: [Int] = []
    for (index, value) in sorted.enumerated() {
      if index > 0, value == sorted[index - 1] { runs[runs.count - 1] += 1 } else { runs.append(1) }
    }
    return runs
  }

  /// Pairs i < j with a_i > a_j, by merging from the bottom up; leaves the sequence sorted.
  private static func inversions(_ sequence: inout [Int32]) -> Int {
    var total = 0
    var source = sequence
    var target = sequence
    var width = 1
    while width < source.count {
      for start in stride(from: 0, to: source.count, by: 2 * width) {
        let middle = min(start + width, source.count)
        let end = min(start + 2 * width, source.count)
        var (left, right) = (start, middle)
        for place in start..<end {
          if left < middle, right >= end || source[left] <= source[right] {
            target[place] = source[left]
            left += 1
          } else {
            total += middle - left
            target[place] = source[right]
            right += 1
          }
        }
      }
      swap(&source, &target)
      width *= 2
    }
    sequence = source
    return total
  }
}
