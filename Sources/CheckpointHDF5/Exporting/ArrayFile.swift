public import Checkpoint
internal import HDF5

/// Writes arrays with their names into an HDF5 file of their own, with dimension scales, so that h5py, xarray and the
/// like can go on with them.
public enum ArrayFile {
  /// Writes `arrays`, which lie at most one group deep, and the `attributes` of the whole to `path`.
  ///
  /// Throws where there is a file of that name already, where two axes of one name have two lengths, and where the disk
  /// refuses.
  public static func write(
    _ arrays: [NamedArray], attributes: [(name: String, text: String)], to path: String,
    operations: FileOperations = .system
  ) throws(CheckpointError) {
    var lengths: [String: Int] = [:]
    for axis in arrays.flatMap(\.axes) {
      guard lengths.updateValue(axis.count, forKey: axis.name) ?? axis.count == axis.count else {
        throw CheckpointError(file: path, cause: .invalid(object: axis.name, reason: "axes of two lengths"))
      }
    }
    let bytes = try LayoutFile.bytes(of: path) { (file) throws(HDF5Error) in try lay(arrays, attributes, in: file) }
    try TemporaryFile.publish(bytes, as: path, operations: operations)
  }

  private static func lay(
    _ arrays: [NamedArray], _ attributes: [(name: String, text: String)], in file: borrowing File
  ) throws(HDF5Error) {
    let root = try file.root()
    for attribute in attributes { try root.addAttribute(attribute.name, attribute.text) }
    var groups: [String] = []
    for array in arrays {
      let folder = array.path.split(separator: "/").dropLast().joined(separator: "/")
      if !groups.contains(folder) { groups.append(folder) }
    }
    // One group at a time: handles can't be kept in a collection, and scales are made where they are first needed.
    for folder in groups {
      let members = arrays.filter { $0.path.split(separator: "/").dropLast().joined(separator: "/") == folder }
      if folder.isEmpty {
        try lay(members, in: root)
      } else {
        let group = try root.createGroup(folder)
        try lay(members, in: group)
      }
    }
  }

  private static func lay(_ arrays: [NamedArray], in group: borrowing Group) throws(HDF5Error) {
    var axes: [NamedArray.Axis] = []
    for axis in arrays.flatMap(\.axes) where !axes.contains(axis) { axes.append(axis) }
    for array in arrays {
      let name = array.path.split(separator: "/").last.map(String.init) ?? array.path
      let extents = array.axes.map(\.count)
      let type = array.elements.scalarType
      let dataset = try group.createDataset(name, type, extents: extents)
      switch array.elements {
      case .numbers(let values): if !values.isEmpty { try dataset.write(values) }
      case .integers(let values): if !values.isEmpty { try dataset.write(values.map(Int64.init)) }
      case .texts(let values):
        if case .text(let width) = type, !values.isEmpty {
          try dataset.write(
            values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) }, as: type)
        }
      }
      if let unit = array.unit { try dataset.addAttribute("units", unit) }
      try dataset.addAttribute("long_name", array.meaning)
    }
    for axis in axes {
      let scale = try group.createScale(axis.name, count: axis.count)
      for array in arrays {
        for (place, other) in array.axes.enumerated() where other == axis {
          let dataset = try group.dataset(array.path.split(separator: "/").last.map(String.init) ?? array.path)
          try dataset.attach(scale, axis: place, label: axis.name)
        }
      }
    }
  }
}

extension NamedArray.Elements {
  fileprivate var scalarType: ScalarType {
    switch self {
    case .numbers: .float64
    case .integers: .int64
    case .texts(let values): .text(byteCount: max(1, values.map(\.utf8.count).max() ?? 1))
    }
  }
}
