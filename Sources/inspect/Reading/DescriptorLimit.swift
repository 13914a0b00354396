#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// How many files this process may have open.
enum DescriptorLimit {
  /// Asks for room for `count` more files than the system gives by itself, as far as it allows. (setrlimit(2))
  static func raise(by count: Int) {
    var current = rlimit()
    guard getrlimit(resource, &current) == 0 else { return }
    // A run of sharded checkpoints has several open at once; each may have a file of decoded elements.
    let wanted = rlim_t(1_024 + 8 * count)
    guard current.rlim_cur < wanted else { return }
    current.rlim_cur = min(wanted, current.rlim_max)
    setrlimit(resource, &current)
  }

  #if canImport(Darwin)
    private static let resource = RLIMIT_NOFILE
  #else
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #endif
}
