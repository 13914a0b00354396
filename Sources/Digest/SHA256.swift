public import Checkpoint

#if canImport(CommonCrypto)
  internal import CommonCrypto
#else
  internal import CCrypto
#endif

/// SHA-256 (FIPS 180-4), by which a file can be named in a paper or a log.
public struct SHA256: ~Copyable {
  #if canImport(CommonCrypto)
    private var context = CC_SHA256_CTX()

    /// The digest of no bytes yet. (CC_SHA256_Init)
    public init() { CC_SHA256_Init(&context) }

    /// Adds `bytes` at the end. (CC_SHA256_Update)
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
      CC_SHA256_Update(&context, bytes.baseAddress, CC_LONG(bytes.count))
    }

    /// The digest of all bytes, in lowercase hexadecimal. (CC_SHA256_Final)
    public consuming func finish() -> String {
      var digest = [UInt8](repeating: 0, count: 32)
      CC_SHA256_Final(&digest, &context)
      return digest.hexadecimal
    }
  #else
    private let context: OpaquePointer

    /// The digest of no bytes yet. (EVP_DigestInit_ex)
    public init() {
      context = EVP_MD_CTX_new()
      EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    /// Adds `bytes` at the end. (EVP_DigestUpdate)
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes, in lowercase hexadecimal. (EVP_DigestFinal_ex)
    public consuming func finish() -> String {
      var digest = [UInt8](repeating: 0, count: 32)
      EVP_DigestFinal_ex(context, &digest, nil)
      return digest.hexadecimal
    }

    deinit { EVP_MD_CTX_free(context) }
  #endif
}

extension SHA256 {
  /// The digest of all of `file`, read a MiB at a time.
  public static func digest(of file: ReadOnlyFile) throws(CheckpointError) -> String {
    var digest = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < file.byteCount {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, file.byteCount - offset)])
      try file.read(at: offset, into: piece)
      digest.update(UnsafeRawBufferPointer(piece))
      offset += piece.count
    }
    return digest.finish()
  }
}

extension [UInt8] {
  fileprivate var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
