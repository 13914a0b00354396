/// Holm's step-down correction (1979): the k-th smallest of m p-values is multiplied by m − k + 1, and none falls below
/// the one before it.
enum Holm {
  static func adjusted(_ values: [Double?]) -> [Double?] {
    let known = values.indices.filter { values[$0] != nil }.sorted { values[$0]! < values[$1]! }
    var result = values
    var floor = 0.0
    for (place, index) in known.enumerated() {
      floor = max(floor, min(1, values[index]! * Double(known.count - place)))
      result[index] = floor
    }
    return result
  }
}
