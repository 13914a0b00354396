internal import CHDF5

/// What a process that reads a stranger's file sets before it opens it; for the whole process, not to be undone.
public enum Hardening {
  /// No plugins are loaded, no external links followed, and nothing is tidied up at exit. (H5dont_atexit, H5open,
  /// H5PLset_loading_state, H5Lunregister)
  public static func apply() throws(HDF5Error) {
    try call("H5dont_atexit") { H5dont_atexit() }
    try call("H5open") { H5open() }
    try call("H5PLset_loading_state") { H5PLset_loading_state(0) }
    try call("H5Lunregister") { H5Lunregister(H5L_TYPE_EXTERNAL) }
  }
}
