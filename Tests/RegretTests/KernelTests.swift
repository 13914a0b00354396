import CLAPACK
import Testing

@testable import Regret

@Suite("BLAS kernels")
struct KernelTests {
  @Test(
    "follow from what a processor can do, not from its name",
    arguments: [
      (clapack_features(avx2_fma: 1, avx512: 1, avx512_bf16: 1, is_amd: 0), ["Cooperlake", "SkylakeX", "Haswell"]),
      (clapack_features(avx2_fma: 1, avx512: 1, avx512_bf16: 1, is_amd: 1), ["Cooperlake", "SkylakeX", "Zen"]),
      (clapack_features(avx2_fma: 1, avx512: 1, avx512_bf16: 0, is_amd: 0), ["SkylakeX", "Haswell"]),
      (clapack_features(avx2_fma: 1, avx512: 0, avx512_bf16: 0, is_amd: 0), ["Haswell"]),
      (clapack_features(avx2_fma: 1, avx512: 0, avx512_bf16: 0, is_amd: 1), ["Zen"]),
      (clapack_features(avx2_fma: 0, avx512: 0, avx512_bf16: 0, is_amd: 0), []),
    ])
  func candidates(features: clapack_features, expected: [String]) {
    var names: [UnsafePointer<CChar>?] = [nil, nil, nil]
    let count = Int(clapack_candidates(features, &names))
    #expect(names.prefix(count).map { String(cString: $0!) } == expected)
  }

  @Test("pass a self-test that a wrong sum and an illegal instruction fail", .enabled(if: BLAS.kernel != "Accelerate"))
  func selfTest() {
    let core = clapack_core()
    #expect(clapack_passes(core, 0) == 1)
    #expect(clapack_passes(core, 1) == 0)
    #expect(clapack_passes(core, 2) == 0)
    #expect(clapack_passes("a name of tomorrow", 0) == 0)
  }

  @Test("are named with their library")
  func name() {
    #expect(BLAS.kernel == "Accelerate" || BLAS.kernel.hasPrefix("OpenBLAS "))
    #expect(!BLAS.reason.isEmpty)
  }
}

@Suite("Kernels that do not fit the processor")
struct KernelShortcomingTests {
  @Test("are told by name, those that fit are not")
  func told() {
    #expect(BLAS.shortcoming(core: "Zen", fitting: ["Cooperlake", "zen"]) == nil)
    #expect(BLAS.shortcoming(core: "NEOVERSEN1", fitting: []) == nil)
    #expect(BLAS.shortcoming(core: "", fitting: ["Zen"]) == nil)
    let text = BLAS.shortcoming(core: "Prescott", fitting: ["Cooperlake", "SkylakeX"]) ?? ""
    #expect(text.contains("Prescott") && text.contains("Cooperlake"))
  }
}
