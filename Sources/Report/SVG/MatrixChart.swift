internal import Checkpoint
internal import Regret

/// The cosines of all pairs of minibatches, those that agree beside each other.
struct MatrixChart {
  var title: String
  var matrix: PairMatrix
  /// The groups of the rows of `/gradients`; nil without.
  var groups: MinibatchGroups?

  /// Cells a side at most; larger matrices are shown as means over blocks.
  static let largest = 64

  /// The map of at most `cells` a side; nil below two minibatches.
  func map(cells limit: Int = largest) -> CellMap? {
    guard matrix.count > 1 else { return nil }
    let members = members
    let order = members.flatMap(\.rows)
    let blocks = Self.blocks(members.map(\.rows.count), limit)
    func rows(_ block: Range<Int>) -> ArraySlice<Int> { order[block] }
    let values = blocks.flatMap { row in
      blocks.map { column -> Double? in
        var (sum, number) = (0.0, 0)
        for i in rows(row) {
          for j in rows(column) where i != j && matrix[i, j].isFinite {
            sum += matrix[i, j]
            number += 1
          }
        }
        return number > 0 ? sum / Double(number) : nil
      }
    }
    var spans: [CellMap.Span] = []
    var (start, place) = (0, 0)
    for member in members {
      place += member.rows.count
      let end = blocks.firstIndex { $0.lowerBound >= place } ?? blocks.count
      spans.append(.init(name: member.name, rows: start..<end))
      start = end
    }
    let isOrdered = matrix.count <= Clustering.largest
    return CellMap(
      title: title,
      unit: "minibatch" + (isOrdered ? ", those that agree beside each other" : ", in the file's order")
        + (blocks.count < matrix.count ? "; means over several" : ""),
      names: blocks.map { block in
        let numbers = rows(block).map { matrix.minibatches[$0] }
        return numbers.count == 1 ? "\(numbers[0])" : "\(numbers[0])+\(numbers.count - 1)"
      }, values: values, spans: spans, limit: CellMap.limit(values, count: blocks.count))
  }

  /// Rows of the matrix by group, each group's clustered.
  private var members: [(name: String, rows: [Int])] {
    let all = Array(0..<matrix.count)
    let parts: [(name: String, rows: [Int])] =
      groups.map { groups in
        groups.names.enumerated().map { place, name in
          (name.printable, all.filter { groups.ids[matrix.minibatches[$0]] == place })
        }
      } ?? [("", all)]
    return parts.filter { !$0.rows.isEmpty }.map { name, rows in
      (name, Clustering.order(count: rows.count) { matrix[rows[$0], rows[$1]] }.map { rows[$0] })
    }
  }

  /// Ranges of at most `limit` blocks over parts of `counts` rows, of which none reaches over two parts.
  static func blocks(_ counts: [Int], _ limit: Int) -> [Range<Int>] {
    let total = counts.reduce(0, +)
    var blocks: [Range<Int>] = []
    var start = 0
    for count in counts {
      let own = total <= limit ? count : max(1, min(count, count * limit / total))
      blocks += (0..<own).map { (start + $0 * count / own)..<(start + ($0 + 1) * count / own) }
      start += count
    }
    return blocks
  }
}
