internal import CLAPACK

/// Settings of the BLAS that hold for the whole process.
public enum BLAS {
  /// One thread a call: workers of our own share the processors, and results do not depend on how many there are.
  static func useOneThread() { clapack_set_thread_count(1) }

  /// The library and the processor that its kernels were written for, such as `OpenBLAS SkylakeX`.
  public static var kernel: String { String(cString: clapack_kernel()) }
}
