#if canImport(Darwin)
  internal import Darwin
#else
  internal import CSystem
  internal import Glibc
#endif

/// What the program runs on.
public enum Machine {
  /// Processors that this process may use. (sched_getaffinity(2), sysconf(3))
  public static var processorCount: Int {
    #if os(Linux)
      let allowed = Int(gp_allowed_processor_count())
      if allowed > 0 { return allowed }
    #endif
    return installedProcessorCount
  }

  /// Processors that are there. (sysconf(3))
  public static var installedProcessorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Memory [bytes].
  public static var physicalMemory: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }
}
