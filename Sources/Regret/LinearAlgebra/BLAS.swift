internal import CLAPACK

/// The BLAS, and settings of it that hold for the whole process.
public enum BLAS {
  /// One thread a call: workers of our own share the processors, and results do not depend on how many there are.
  static func useOneThread() { clapack_set_thread_count(1) }

  /// The library and the processor that its kernels were written for, such as `OpenBLAS SkylakeX`.
  public static var kernel: String {
    let core = String(cString: clapack_core())
    return core.isEmpty ? "Accelerate" : "OpenBLAS \(core)"
  }

  /// Why these kernels, in words.
  public static var reason: String {
    let rejected = Int(clapack_rejected_count())
    let passedOver = rejected > 0 ? "; \(rejected) faster that failed the self-test were passed over" : ""
    switch clapack_choice() {
    case clapack_by_features: return "chosen by the processor's features" + passedOver
    case clapack_by_variable: return "chosen by OPENBLAS_CORETYPE"
    default: return "the library's own choice" + passedOver
    }
  }
}
