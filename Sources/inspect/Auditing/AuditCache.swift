#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif
internal import Checkpoint
internal import Digest
internal import Regret
internal import Synchronization

/// Audits that were done before, in the user's cache directory.
///
/// Never trusted over the file: an entry's name is the SHA-256 of the file's bytes, of all options that numbers depend on,
/// and of this executable, so another file, option or build finds nothing. Whatever cannot be read or written is passed
/// over: an audit is then done as if there were no cache.
struct AuditCache: Sendable {
  private let directory: String
  private let executable: String
  private let sums = Sums()

  /// Digests of files that have not changed since.
  private final class Sums: Sendable {
    let known = Mutex<[String: (state: RunFiles.State, sum: String)]>([:])
  }

  /// Larger files are read for their audit only [bytes].
  static let largestFile = 1 << 30
  /// Entries above this number go, the oldest first.
  static let entryLimit = 4096

  /// Nil where there is no place for it.
  init?() {
    #if canImport(Darwin)
      let place = Self.variable("HOME").map { $0 + "/Library/Caches" }
    #else
      let place = Self.variable("XDG_CACHE_HOME") ?? Self.variable("HOME").map { $0 + "/.cache" }
    #endif
    guard let place, place.hasPrefix("/"), let executable = Self.identity(ReaderLaunch.own.executable) else {
      return nil
    }
    directory = place + "/gradient-probe/audits"
    self.executable = executable
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Which build this is: what changes with every link, without reading it.
  private static func identity(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return "\(status.st_size) \(status.st_ino) \(time.tv_sec) \(time.tv_nsec)"
  }

  /// The name of the audit of `files`, with all that its numbers depend on in words; nil where it is not to be kept.
  func name(_ files: [String], _ settings: [String]) -> String? {
    var parts: [String] = []
    for path in files {
      // An index tells what its shards are to be, not what they are; and they are large.
      guard !RunFiles.isDirectory(StoredShard.folder(of: path)) else { return nil }
      guard let sum = sum(path) else { return nil }
      parts.append(sum)
    }
    var text = (parts + [Inspect.version, executable] + settings).joined(separator: "\n")
    var digest = SHA256()
    text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
    return digest.finish()
  }

  private func sum(_ path: String) -> String? {
    let state = RunFiles.State(path)
    if let known = sums.known.withLock({ $0[path] }), known.state == state { return known.sum }
    guard let file = try? ReadOnlyFile(opening: path), file.byteCount <= Self.largestFile,
      let sum = try? SHA256.digest(of: file)
    else { return nil }
    sums.known.withLock { $0[path] = (state, sum) }
    return sum
  }

  /// The audit called `name`; nil where there is none that can be read.
  func audit(_ name: String) -> Audit? {
    guard let file = try? ReadOnlyFile(opening: path(name)), file.byteCount <= 64 << 20 else { return nil }
    var bytes = [UInt8](repeating: 0, count: file.byteCount)
    guard (try? bytes.withUnsafeMutableBytes({ try file.read(at: 0, into: $0) })) != nil else { return nil }
    return try? PropertyListDecoder().decode(Audit.self, from: Data(bytes))
  }

  /// Keeps `audit` as `name`, under a temporary name until it is whole.
  func keep(_ audit: Audit, as name: String) {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    guard let data = try? encoder.encode(audit), makeDirectory() else { return }
    let unfinished = path(name) + ".\(getpid()).tmp"
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    let isWhole = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    close(descriptor)
    if !isWhole || rename(unfinished, path(name)) != 0 { unlink(unfinished) }
  }

  /// Takes the oldest entries away where there are too many.
  func prune() {
    guard let names = try? RunFiles.entries(of: directory), names.count > Self.entryLimit else { return }
    let entries = names.map { name in
      let path = directory + "/" + name
      return (path: path, time: RunFiles.State(path).seconds)
    }
    for entry in entries.sorted(by: { $0.time < $1.time }).prefix(entries.count - Self.entryLimit) {
      unlink(entry.path)
    }
  }

  private func path(_ name: String) -> String { directory + "/" + name + ".plist" }

  /// Makes the directory and those above it, for this user alone.
  private func makeDirectory() -> Bool {
    var path = ""
    for part in directory.split(separator: "/") {
      path += "/" + part
      if mkdir(path, 0o700) != 0 && errno != EEXIST { return false }
    }
    return true
  }
}
