/// HDF5 refused a call: what failed and, in brackets, why, in the library's own words.
public struct HDF5Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// `what failed (root cause)`
  public let description: String

  /// An error that reads `description`.
  public init(_ description: String) { self.description = description }
}
