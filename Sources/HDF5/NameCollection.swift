/// Names that a visit of links or attributes comes by, until there are more than `limit`.
struct NameCollection {
  private(set) var names: [[UInt8]] = []
  private(set) var marks: [Bool] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Adds the zero-terminated `name` with a mark; 1, HDF5's word for an end of the visit, when there are too many.
  mutating func add(_ name: UnsafePointer<CChar>, mark: Bool = false) -> Int32 {
    var length = 0
    while name[length] != 0 { length += 1 }
    names.append(Array(UnsafeRawBufferPointer(start: name, count: length)))
    marks.append(mark)
    return names.count > limit ? 1 : 0
  }
}
