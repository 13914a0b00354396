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

  /// In a sentence that the kernels in use were written for another processor than this; nil where they fit.
  public static var shortcoming: String? {
    var names: (UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) = (nil, nil, nil)
    let fitting = withUnsafeMutablePointer(to: &names) { pointer in
      pointer.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: 3) { names in
        (0..<Int(clapack_candidates(clapack_processor(), names))).map { String(cString: names[$0]!) }
      }
    }
    return shortcoming(core: String(cString: clapack_core()), fitting: fitting)
  }

  /// The same of the kernels `core` where those that fit are called `fitting`, the best first.
  static func shortcoming(core: String, fitting: [String]) -> String? {
    guard let best = fitting.first, !core.isEmpty, !fitting.contains(where: { $0.lowercased() == core.lowercased() })
    else { return nil }
    return "The numbers took longer than this processor needs: OpenBLAS computes with kernels for \(core), \(reason), "
      + "where those for \(best) would fit."
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
