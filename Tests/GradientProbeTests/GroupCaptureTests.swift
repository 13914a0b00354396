import GradientProbe
import Testing

@Suite("Groups of minibatches are captured", .tags(.files)) struct GroupCaptureTests {
  @Test("in the order given, with factors of the first")
  func order() throws {
    try withTemporaryDirectory { directory in
      let model = TinyModel(.categorical(classes: 3))
      let batches = model.batches
      let recorder = try Recorder(directory: directory, options: options { $0.factors = [.exact, .empirical] })
      try recorder.capture(model, over: ["train": batches, "validation": [batches[2], batches[0]]], step: 5)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000005.h5")
      let groups = try #require(rows.description.groups)
      #expect(groups.names == ["train", "validation"] && groups.ids == [0, 0, 0, 1, 1])
      #expect(rows.description.batchSizes == [3, 5, 4, 4, 3])
      #expect(rows.gradients[3] == rows.gradients[2] && rows.gradients[4] == rows.gradients[0])
      #expect(rows.factors[.exact]?.count == 36 && rows.factors[.empirical]?.count == 12)
      #expect(rows.description.factors(of: .empirical)?.minibatches.map(Set.init) == [0, 1, 2])
    }
  }

  @Test("with factors of the groups that the options name", arguments: [["validation"], ["train", "validation"], []])
  func factors(names: [String]) throws {
    try withTemporaryDirectory { directory in
      let model = TinyModel(.categorical(classes: 3))
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.factors = [.sampled]
          $0.sampledDraws = 2
          $0.factorGroups = Set(names)
        })
      try recorder.capture(model, over: ["train": model.batches, "validation": model.batches], step: 0)
      try recorder.finish()
      let found = try Rows(directory + "/step-00000000.h5").description.factors(of: .sampled)?.minibatches ?? []
      let wanted = (names.contains("train") ? [0, 1, 2] : []) + (names.contains("validation") ? [3, 4, 5] : [])
      #expect(found == wanted.flatMap { [$0, $0] })
    }
  }

  @Test("as observations tell them")
  func observed() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.rows = 3 })
      func observe(_ step: Int, _ group: String?) throws {
        try recorder.observe(step: step, batchSize: 2, loss: 1, group: group) { try $0.write([1, 2, 3], to: "w") }
      }
      for (step, group) in ["b", "a", "b"].enumerated() { try observe(step, group) }
      try observe(3, "a")
      // All or none of a checkpoint.
      #expect(throws: CaptureError.self) { try observe(4, nil) }
      #expect(throws: CaptureError.self) { try observe(4, "") }
      try observe(4, "a")
      try recorder.finish()
      #expect(try Rows(directory + "/step-00000002.h5").description.groups?.names == ["b", "a"])
      #expect(try Rows(directory + "/step-00000002.h5").description.groups?.ids == [0, 1, 0])
      #expect(try Rows(directory + "/step-00000004.h5").description.groups?.names == ["a"])
    }
  }

  @Test("without the minibatches that are left out")
  func leftOut() throws {
    try withTemporaryDirectory { directory in
      var batches = Echo.batches(5)
      batches[1][0] = .nan
      batches[4][3] = .infinity
      let recorder = try Recorder(directory: directory, options: options { $0.nonFinite = .leaveOut })
      try recorder.capture(Echo(), over: ["x": batches[..<3], "y": batches[3...]], step: 0)
      try recorder.finish()
      let description = try Rows(directory + "/step-00000000.h5").description
      #expect(description.groups?.names == ["x", "y"] && description.groups?.ids == [0, 0, 1])
    }
  }

  @Test(
    "and refused where they are none",
    arguments: [
      (["a": 2, "b": 0], "\"b\" has no minibatch"), (["a": 1, "a": 2], "\"a\" stands twice"),
      (["": 2], "no name"), ([:], "there are none"),
    ] as [(KeyValuePairs<String, Int>, String)])
  func refused(counts: KeyValuePairs<String, Int>, reason: String) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      let pairs = counts.map { ($0.key, Echo.batches($0.value)) }
      let error = #expect(throws: CaptureError.self) {
        switch pairs.count {
        case 0: try recorder.capture(Echo(), over: [:] as KeyValuePairs<String, [[Float]]>, step: 0)
        case 1: try recorder.capture(Echo(), over: [pairs[0].0: pairs[0].1], step: 0)
        default: try recorder.capture(Echo(), over: [pairs[0].0: pairs[0].1, pairs[1].0: pairs[1].1], step: 0)
        }
      }
      #expect(error?.description.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
      try recorder.finish()
      #expect(try names(in: directory).filter { $0.hasSuffix(".h5") }.isEmpty)
    }
  }

  @Test("factors of a group that is not there are refused")
  func unknownFactorGroup() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.factorGroups = ["test"] })
      let error = #expect(throws: CaptureError.self) {
        try recorder.capture(Echo(), over: ["train": Echo.batches(2), "validation": Echo.batches(2)], step: 0)
      }
      #expect(error?.description.contains("\"test\"") == true)
    }
  }
}
