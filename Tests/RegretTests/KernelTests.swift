import Testing

@testable import Regret

@Suite("BLAS kernels")
struct KernelTests {
  @Test(
    "that leave a processor's registers idle are told",
    arguments: [
      ("SkylakeX", 512, false), ("Cooperlake", 512, false), ("Haswell", 512, true), ("Zen", 512, true),
      ("Zen", 256, false), ("Haswell", 256, false), ("Sandybridge", 256, true), ("Prescott", 256, true),
      ("Nehalem", 128, false), ("SkylakeX", 256, false), ("armv8", 0, false), ("a name of tomorrow", 512, false),
    ])
  func shortfall(core: String, bits: Int, isTold: Bool) {
    #expect((BLAS.shortfall(core: core, processorBits: bits) != nil) == isTold)
  }

  @Test("are named with their library")
  func name() {
    #expect(BLAS.kernel == "Accelerate" || BLAS.kernel.hasPrefix("OpenBLAS "))
  }
}
