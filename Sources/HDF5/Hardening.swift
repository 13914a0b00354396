internal import CHDF5

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What a process that reads a stranger's file sets before it opens it; for the whole process, not to be undone.
public enum Hardening {
  /// The environment is not listened to, no plugins are loaded, no external links followed, and nothing is tidied up at exit. (H5dont_atexit, H5open,
  /// H5PLset_loading_state, H5Lunregister)
  public static func apply() throws(HDF5Error) {
    for name in ["HDF5_PLUGIN_PATH", "HDF5_PLUGIN_PRELOAD", "HDF5_DRIVER", "HDF5_DRIVER_CONFIG", "HDF5_VOL_CONNECTOR"] {
      unsetenv(name)
    }
    // Only possible before any other call of HDF5; a process that comes later tidies up at its end, and no more.
    _ = H5dont_atexit()
    try call("H5open") { H5open() }
    try call("H5PLset_loading_state") { H5PLset_loading_state(0) }
    try call("H5Lunregister") { H5Lunregister(H5L_TYPE_EXTERNAL) }
  }
}
