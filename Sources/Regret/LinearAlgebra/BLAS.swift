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

  /// A word where kernels are in use that leave much of this processor idle; nil where they do not.
  public static var shortfall: String? {
    shortfall(core: String(cString: clapack_core()), processorBits: Int(clapack_processor_bits()))
  }

  /// The same for OpenBLAS kernels `core` on a processor whose registers have `processorBits`.
  static func shortfall(core: String, processorBits: Int) -> String? {
    guard let bits = registerBits(core: core), bits < processorBits else { return nil }
    let name = processorBits == 512 ? "AVX-512" : "AVX2"
    return "kernels for older processors, though this one has \(name): about half the speed, or less. Is "
      + "OPENBLAS_CORETYPE set, or OpenBLAS older than the processor?"
  }

  /// Registers that the x86-64 kernels `core` of OpenBLAS multiply in [bits]; nil for names that are not known.
  private static func registerBits(core: String) -> Int? {
    switch core.lowercased() {
    case "skylakex", "cooperlake", "sapphirerapids": 512
    // Kernels for AVX without FMA count as half of AVX2: they have half its rate.
    case "haswell", "zen", "excavator", "steamroller", "piledriver": 256
    case "sandybridge", "bulldozer", "nehalem", "penryn", "dunnington", "core2", "prescott", "barcelona", "bobcat",
      "opteron", "opteron_sse3", "atom", "nano", "generic":
      128
    default: nil
    }
  }
}
