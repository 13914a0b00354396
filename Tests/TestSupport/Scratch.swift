public import Foundation

/// A directory of its own for each test, removed with it.
public final class Scratch: Sendable {
  /// Its path, without a slash at its end.
  public let path: String

  /// An empty directory.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "gradient-probe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  /// Names in it, sorted.
  public var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  /// The path of `name` in it.
  public func callAsFunction(_ name: String) -> String { path + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// All bytes of the file at `path`.
public func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

/// Flips a bit of a byte of the file at `path`.
public func flip(bit: Int, at offset: Int, of path: String) throws {
  var data = try bytes(of: path)
  data[offset] ^= 1 << bit
  try data.write(to: URL(filePath: path))
}
