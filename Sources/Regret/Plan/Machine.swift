#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What the program runs on.
enum Machine {
  /// Processors that are there.
  static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Memory [bytes].
  static var physicalMemory: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }
}
