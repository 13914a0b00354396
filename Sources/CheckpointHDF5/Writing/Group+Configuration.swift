internal import Checkpoint
internal import HDF5

extension Handle where Kind == GroupKind {
  /// Adds the group `configuration`, an attribute for each of `values`.
  func add(_ values: [String: ConfigurationValue]) throws(HDF5Error) {
    let group = try createGroup("configuration")
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .number(let number): try group.addAttribute(name, number)
      case .text(let text): try group.addAttribute(name, text)
      }
    }
  }
}
