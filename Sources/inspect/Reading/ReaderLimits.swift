#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What the reading process may use: enough for any honest file.
enum ReaderLimits {
  /// Seconds without a sign of life after which the process ends, and after which its parent gives up.
  static let seconds: UInt32 = 10
  /// Address space [bytes]: libraries take about 300 MiB of it, a chunk and its decoding at most 192 MiB.
  private static let addressSpace: UInt64 = 1 << 30

  /// Memory of its own for a checkpoint [bytes]: HDF5 loads all of a text of variable length before its length is known. A
  /// chunk and its decoding, and what a child has before it begins, take 352 MiB.
  private static let ownMemory: UInt64 = 384 << 20

  #if canImport(Darwin)
    private typealias Resource = Int32
  #else
    private typealias Resource = __rlimit_resource
  #endif

  /// Before anything else: memory, time, no core file, no file that grows. (setrlimit(2), alarm(2))
  static func apply() {
    if !isSanitized { limit(RLIMIT_AS, addressSpace) }
    limit(RLIMIT_CPU, UInt64(seconds), hard: false)
    limit(RLIMIT_CORE, 0)
    limit(RLIMIT_FSIZE, 0)
    restartAlarm()
  }

  /// For a checkpoint; a slice's losses may take more. (RLIMIT_DATA)
  static func limitOwnMemory() {
    if !isSanitized { limit(RLIMIT_DATA, ownMemory) }
  }

  /// Whether this build reserves terabytes of addresses to find its own faults. (dlsym(3))
  private static var isSanitized: Bool {
    ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }
  }

  /// Once the file is open: no other can be. (RLIMIT_NOFILE)
  static func forbidOpening() { limit(RLIMIT_NOFILE, 0) }

  /// Once the file is described: time is counted by the tile.
  static func allowDecoding() {
    var current = rlimit()
    getrlimit(resource(RLIMIT_CPU), &current)
    current.rlim_cur = current.rlim_max
    setrlimit(resource(RLIMIT_CPU), &current)
    restartAlarm()
  }

  /// Gives the process another ``seconds``.
  static func restartAlarm() { alarm(seconds) }

  /// Lowers a limit, for good unless `hard` is false. Where the system refuses, the caps of the reader stand alone.
  private static func limit(_ resource: Resource, _ value: UInt64, hard: Bool = true) {
    var current = rlimit()
    getrlimit(self.resource(resource), &current)
    let value = min(rlim_t(value), current.rlim_max)
    current.rlim_cur = value
    if hard { current.rlim_max = value }
    setrlimit(self.resource(resource), &current)
  }

  #if canImport(Darwin)
    private static func resource(_ resource: Resource) -> Int32 { resource }
  #else
    private static func resource(_ resource: Resource) -> __rlimit_resource_t { __rlimit_resource_t(resource.rawValue) }
  #endif
}
