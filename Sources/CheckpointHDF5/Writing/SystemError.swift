#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// An operation that the operating system refused.
public struct SystemError: Error, Hashable, Sendable {
  /// The C function, such as `write`.
  public let operation: String
  /// Why, as in errno(3).
  public let code: Int32

  /// `operation` failed with `code`.
  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// `operation` has just failed on this thread.
  static func last(_ operation: String) -> SystemError { SystemError(operation, code: errno) }

  /// The code in words. (strerror)
  public var message: String { String(cString: strerror(code)) }
}
