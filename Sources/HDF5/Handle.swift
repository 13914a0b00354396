internal import CHDF5

/// An HDF5 identifier that is closed exactly once; `Kind` tells files from datasets at compile time.
public struct Handle<Kind: HandleKind>: ~Copyable, Sendable {
  let id: Int64

  /// Takes over `id`.
  init(_ id: Int64) { self.id = id }

  /// The identifier that `body` makes; `function` names the C function.
  init(_ function: StaticString, _ body: () -> hid_t) throws(HDF5Error) {
    self.id = try call(function, body)
  }

  /// Closes the identifier and reports what HDF5 has to say: files are written out here.
  public consuming func close() throws(HDF5Error) {
    let id = id
    discard self
    try call(Kind.closingFunction) { Kind.close(id) }
  }

  deinit {
    let id = id
    _ = callUnchecked { Kind.close(id) }
  }
}

/// What an identifier stands for.
public protocol HandleKind {
  /// The C function that closes it.
  static var closingFunction: StaticString { get }
  /// Closes an identifier of this kind.
  static func close(_ id: Int64) -> Int32
}
