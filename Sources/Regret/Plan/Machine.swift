#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What the program runs on.
public enum Machine {
  /// Processors that are there.
  public static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Memory [bytes].
  public static var physicalMemory: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }
}
