internal import Checkpoint

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How the ranks of one run find each other: rank 0 writes a hidden file `.session` into the directory and holds a lock on it
/// for as long as it lives, so that others can tell a session from one that died. (flock(2))
struct ShardSession: Codable, Hashable, Sendable {
  /// Of this life of rank 0.
  let id: String
  /// The run's id.
  let run: String
  /// Number of ranks.
  let count: Int

  static func path(in directory: String) -> String { directory + "/.session" }

  /// The session of the rank 0 that lives now; nil where there is none.
  static func current(in directory: String) -> ShardSession? {
    let descriptor = open(path(in: directory), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Who can lock it finds nobody alive. File systems without locks cannot tell.
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
    guard errno == EWOULDBLOCK || errno == ENOTSUP || errno == ENOLCK else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return try? JSONDecoder().decode(ShardSession.self, from: Data(bytes[..<count]))
  }

  /// The same, once there is one; throws where the `wait` ends without.
  static func join(
    _ shard: Shard, in directory: String, _ wait: Waiting
  ) throws(CheckpointError) -> ShardSession {
    var wait = wait
    while true {
      if let session = current(in: directory) {
        guard session.count == shard.count else {
          let reason = "rank \(shard.rank) is one of \(shard.count), but rank 0 one of \(session.count)"
          throw CheckpointError(file: directory, cause: .invalid(object: "shards", reason: reason))
        }
        return session
      }
      guard wait.next() else {
        throw CheckpointError(file: directory, cause: .missingRanks([0], of: shard.count, seconds: wait.seconds))
      }
    }
  }
}

/// The session that rank 0 holds, or the place that another rank does, until this goes.
struct ShardLock: ~Copyable {
  private let descriptor: Int32

  /// Begins `session` in `directory`, in place of one that died.
  init(beginning session: ShardSession, in directory: String) throws(CheckpointError) {
    let path = ShardSession.path(in: directory)
    let unfinished = path + ".tmp"
    descriptor = open(unfinished, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw CheckpointError(file: unfinished, cause: .lastSystemError("open")) }
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    let data = (try? JSONEncoder().encode(session)) ?? Data()
    let isWritten = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    guard isWritten, rename(unfinished, path) == 0 else {
      throw CheckpointError(file: path, cause: .lastSystemError("write"))
    }
  }

  private static func path(rank: Int, in directory: String) -> String { directory + "/.rank-\(rank).lock" }

  /// Takes the place of `rank` in `directory`; throws where another process has it.
  init(rank: Int, in directory: String) throws(CheckpointError) {
    let path = Self.path(rank: rank, in: directory)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw CheckpointError(file: path, cause: .lastSystemError("open")) }
    guard DirectoryLock.hold(descriptor) else { throw CheckpointError(file: directory, cause: .inUse) }
  }

  /// Lets rank 0 know that this rank has joined `session`.
  func note(_ session: ShardSession) {
    _ = ftruncate(descriptor, 0)
    _ = session.id.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  /// Whether `rank` has joined `session`.
  static func hasJoined(_ rank: Int, _ session: ShardSession, in directory: String) -> Bool {
    (try? String(contentsOfFile: path(rank: rank, in: directory), encoding: .utf8)) == session.id
  }

  deinit { close(descriptor) }
}

extension ShardSession {
  /// Waits until all other ranks have joined this session, which rank 0 holds; returns those that have not when the `wait`
  /// ends. A rank 0 that found nothing to record would be gone before they came, and they would wait for it.
  func missingRanks(in directory: String, _ wait: Waiting) -> [Int] {
    var wait = wait
    while true {
      let missing = (1..<count).filter { !ShardLock.hasJoined($0, self, in: directory) }
      if missing.isEmpty || !wait.next() { return missing }
    }
  }
}

/// Looks again and again, less and less often, for so many seconds.
struct Waiting {
  let seconds: Double
  private let end: Double
  private var pause = 0.002

  /// So many `seconds` from now on.
  init(seconds: Double) {
    self.seconds = seconds
    end = monotonicSeconds() + seconds
  }

  /// Waits a little; false where the time is over.
  mutating func next() -> Bool {
    let left = end - monotonicSeconds()
    guard left > 0 else { return false }
    usleep(UInt32(min(pause, left) * 1e6) + 1)
    pause = min(0.1, pause * 1.5)
    return true
  }
}
