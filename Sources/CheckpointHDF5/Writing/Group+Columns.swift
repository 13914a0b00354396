internal import Checkpoint
internal import HDF5

extension Handle where Kind == GroupKind {
  /// Adds a dataset of integers along `scale`.
  func add(
    _ name: String, _ values: [Int], along label: String, _ scale: borrowing Dataset, _ longName: String
  ) throws(HDF5Error) {
    let dataset = try createDataset(name, .int64, extents: [values.count])
    try dataset.write(values.map(Int64.init))
    try dataset.attach(scale, axis: 0, label: label)
    try dataset.label(units: "1", longName)
  }

  /// Adds a dataset of unsigned integers along `scale`.
  func add(
    _ name: String, _ values: [UInt64], along label: String, _ scale: borrowing Dataset, _ longName: String
  ) throws(HDF5Error) {
    let dataset = try createDataset(name, .uint64, extents: [values.count])
    try dataset.write(values.map(\.littleEndian).withUnsafeBytes { Array($0) }, as: .uint64)
    try dataset.attach(scale, axis: 0, label: label)
    try dataset.label(units: "1", longName)
  }

  /// Adds one unsigned integer: a checksum.
  func add(_ name: String, _ checksum: UInt64, _ longName: String) throws(HDF5Error) {
    let dataset = try createDataset(name, .uint64, extents: [])
    try dataset.write(withUnsafeBytes(of: checksum.littleEndian) { Array($0) }, as: .uint64)
    try dataset.label(units: nil, longName)
  }

  /// Adds a dataset of texts along `scale`, padded with zeros to the longest.
  func add(
    _ name: String, _ values: [String], along label: String, _ scale: borrowing Dataset, _ longName: String
  ) throws(HDF5Error) {
    let width = values.map { $0.utf8.count }.max() ?? 1
    let dataset = try createDataset(name, .text(byteCount: width), extents: [values.count])
    try dataset.write(
      values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) },
      as: .text(byteCount: width))
    try dataset.attach(scale, axis: 0, label: label)
    try dataset.label(units: nil, longName)
  }

  /// Adds the names of groups of minibatches; which minibatch is of which goes beside what else is known of them.
  func add(_ groups: MinibatchGroups) throws(HDF5Error) {
    let scale = try createScale("group", count: groups.count)
    let group = try createGroup("groups")
    try group.add("name", groups.names, along: "group", scale, "name of each group of minibatches")
  }
}

extension Handle where Kind == DatasetKind {
  /// Adds the attributes that say what the numbers are.
  func label(units: String?, _ longName: String) throws(HDF5Error) {
    if let units { try addAttribute("units", units) }
    try addAttribute("long_name", longName)
  }
}
