import Foundation
import GradientProbe
import Testing

@Suite("Hashes of minibatches are captured", .tags(.files)) struct BatchHashCaptureTests {
  /// The same for equal examples, for those alone, and in every process: the value of XXH3's reference implementation
  /// over the count and the bytes.
  @Test("a hash is of the numbers, their order and where one list ends")
  func value() {
    func hash(_ lists: [[Int32]]) -> UInt64 {
      var hash = BatchHash()
      for list in lists { hash.add(list.span) }
      return hash.value
    }
    let all = [[], [[]], [[1, 2, 3]], [[1, 2], [3]], [[1], [2, 3]], [[3, 2, 1]], [[1, 2, 4]]].map(hash)
    #expect(Set(all).count == all.count)
    #expect(hash([[1, 2, 3]]) == 16389153945020288093)
    func hash(_ texts: [String]) -> UInt64 {
      var hash = BatchHash()
      for text in texts { hash.add(text) }
      return hash.value
    }
    #expect(hash(["a", "bc"]) != hash(["ab", "c"]))
  }

  /// A model of one number whose minibatches are numbers; that of 0 has no hash, that of 9 no finite gradient.
  private struct Counter: Probe {
    var tensors: [TensorLayout] { [TensorLayout("w", shape: [1])] }
    func batchSize(of batch: Int) -> Int { 1 }
    func batchHash(of batch: Int) -> UInt64? { batch == 0 ? nil : UInt64(batch) << 60 }
    func gradient(over batch: Int, into gradient: inout GradientRow) throws -> Double {
      try gradient.append([batch == 9 ? .nan : Float(batch)])
      return 1
    }
  }

  @Test(
    "of every minibatch that is kept, or of none",
    arguments: [([1, 2, 3], [1, 2, 3]), ([1, 0, 3], nil), ([9, 2, 3], [2, 3]), ([9, 0, 3], nil)]
      as [([Int], [UInt64]?)], [NonFinitePolicy.fail, .leaveOut])
  func capture(_ minibatches: (batches: [Int], expected: [UInt64]?), policy: NonFinitePolicy) throws {
    let (batches, expected) = minibatches
    if policy == .fail, batches.contains(9) { return }
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.nonFinite = policy })
      try recorder.capture(Counter(), over: batches, step: 0)
      try recorder.finish()
      #expect(try Rows(directory + "/step-00000000.h5").description.batchHashes == expected?.map { $0 << 60 })
    }
  }

  @Test("of observations", arguments: [[1, 2], [1, nil], [nil, 2]] as [[UInt64?]])
  func observe(hashes: [UInt64?]) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.rows = 2 })
      for (step, hash) in hashes.enumerated() {
        try recorder.observe(step: step, batchSize: 2, loss: 1, batchHash: hash) { try $0.write([1, 2], to: "w") }
      }
      try recorder.finish()
      let found = try Rows(directory + "/step-00000001.h5").description.batchHashes
      #expect(found == (hashes == [1, 2] ? [1, 2] : nil))
    }
  }
}
