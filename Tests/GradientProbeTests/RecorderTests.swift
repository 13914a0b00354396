import Foundation
import Logging
import Testing

@testable import GradientProbe

@Suite("A recorder writes what it is given", .tags(.files)) struct RecorderTests {
  @Test func rowsGoThroughUnchanged() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory + "/new/run", options: options())
      let batches = Echo.batches(5)
      try recorder.capture(Echo(), over: batches, step: 120, metrics: ["train_loss": 0.5, "learning_rate": .nan])
      try recorder.capture(Echo(), over: batches[1...], step: 100_000_000)
      try recorder.finish()
      #expect(try names(in: directory + "/new/run") == ["step-00000120.h5", "step-100000000.h5"])

      let rows = try Rows(directory + "/new/run/step-00000120.h5")
      #expect(rows.gradients == batches)
      #expect(rows.parameters == nil)
      let description = rows.description
      #expect(description.run == recorder.run && UUID(uuidString: description.run) != nil)
      #expect(description.sequence == 0 && description.step == 120)
      #expect(description.sampling == .fixed && description.likelihood == .unspecified)
      #expect(description.creator.hasPrefix("GradientProbe "))
      #expect(description.created.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#) != nil)
      #expect(description.losses == [Double](repeating: 0.25, count: 5))
      #expect(description.batchSizes == [Int](repeating: 7, count: 5))
      #expect(description.tensors == Echo().tensors.columns)
      #expect(description.metrics == ["train_loss": 0.5])

      let second = try Rows(directory + "/new/run/step-100000000.h5")
      #expect(second.gradients == Array(batches[1...]))
      #expect(second.description.sequence == 1 && second.description.run == recorder.run)
    }
  }

  @Test func parametersAreStoredWhereTheModelOffersThem() throws {
    struct Offering: Probe {
      let tensors = Echo().tensors
      func gradient(over batch: [Float], into gradient: inout GradientRow) throws -> Double {
        try gradient.writeAll(batch)
        return 1
      }
      func parameters(into row: inout GradientRow) throws { try row.writeAll([7, 6, 5, 4, 3, 2, 1]) }
    }
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.queueDepth = 1 })
      for step in 0..<3 { try recorder.capture(Offering(), over: Echo.batches(2), step: step) }
      try recorder.finish()
      for step in 0..<3 {
        #expect(try Rows(directory + "/step-0000000\(step).h5").parameters == [7, 6, 5, 4, 3, 2, 1])
      }
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float32, .float64])
  func numbersAreStoredAsAsked(type: ElementType) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.elementType = type })
      try recorder.capture(Echo(), over: Echo.batches(3), step: 0)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      #expect(rows.description.gradients.elementType == type)
      // Whole numbers below 64 are exact in all of them.
      #expect(rows.gradients == Echo.batches(3))
    }
  }

  @Test func aRepeatedGradientTellsOfNoise() throws {
    final class Noise { var calls: Float = 0 }
    let noise = Noise()
    struct Noisy: Probe {
      let noise: Noise
      let tensors = Echo().tensors
      func gradient(over batch: [Float], into gradient: inout GradientRow) throws -> Double {
        noise.calls += 1
        try gradient.writeAll([3, 4, 0, 0, 0, 0, noise.calls == 2 ? 1 : 0])
        return 1
      }
    }
    try withTemporaryDirectory { directory in
      let messages = Messages()
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.repeatsGradient = true
          $0.logger = messages.logger
        })
      try recorder.capture(Noisy(noise: noise), over: Echo.batches(2), step: 0)
      try recorder.capture(Echo(), over: Echo.batches(2), step: 1)
      try recorder.finish()
      #expect(try Rows(directory + "/step-00000000.h5").description.metrics == ["repeat_difference": 0.2])
      #expect(try Rows(directory + "/step-00000001.h5").description.metrics == ["repeat_difference": 0])
      #expect(messages.texts(.warning).count == 1)
    }
  }

  @Test func theSizeIsSaidBeforeTheFirstCheckpoint() throws {
    try withTemporaryDirectory { directory in
      let messages = Messages()
      let recorder = try Recorder(directory: directory, options: options { $0.logger = messages.logger })
      for step in 0..<2 { try recorder.capture(Echo(), over: Echo.batches(2), step: step) }
      try recorder.finish()
      let sizes = messages.texts(.info).filter { $0.contains("a checkpoint takes") }
      #expect(sizes.count == 1)
      #expect(sizes[0].contains("2 gradients of 7 parameters as float32"))
    }
  }

  @Test func schedules() {
    let steps = 0...1_000
    #expect(steps.filter(CaptureSchedule.every(250).contains) == [0, 250, 500, 750, 1_000])
    #expect(steps.filter(CaptureSchedule.logarithmic(perDecade: 1).contains) == [0, 1, 10, 100, 1_000])
    #expect(
      steps.filter(CaptureSchedule.logarithmic(perDecade: 3).contains) == [
        0, 1, 2, 5, 10, 22, 46, 100, 215, 464, 1_000,
      ])
    #expect(steps.filter(CaptureSchedule.steps([7, 3]).contains) == [3, 7])
    #expect(steps.filter(CaptureSchedule.every(0).contains) == [])
  }
}

@Suite("Wrong use gets a clear error", .tags(.misuse)) struct MisuseTests {
  @Test(arguments: [
    ([TensorLayout("first", shape: [2, 2])], "2 tensors before, 1 now"),
    (
      [TensorLayout("first", shape: [4]), TensorLayout("second", shape: [3])],
      "first had shape [2, 2] and has [4]"
    ),
    (
      [TensorLayout("other", shape: [2, 2]), TensorLayout("second", shape: [3])],
      "first stood where other is"
    ),
  ]) func aLayoutThatChanges(tensors: [TensorLayout], reason: String) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      try recorder.capture(Echo(), over: Echo.batches(2), step: 0)
      #expect(throws: CaptureError.layoutChanged(reason)) {
        try recorder.capture(Echo(tensors: tensors), over: Echo.batches(2), step: 1)
      }
      // The recorder goes on with the layout that it knows.
      try recorder.capture(Echo(), over: Echo.batches(2), step: 2)
      try recorder.finish()
      #expect(try names(in: directory) == ["step-00000000.h5", "step-00000002.h5"])
    }
  }

  @Test func rowsThatAreNotWhole() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.queueDepth = 2 })
      let half = Echo(write: { try $1.write(Array($0[..<4]), to: "first") })
      // More often than there are buffers: each must come back.
      for step in 0..<5 {
        #expect(throws: CaptureError.tensorMissing("second", in: .gradient(minibatch: 0))) {
          try recorder.capture(half, over: Echo.batches(2), step: step)
        }
      }
      try recorder.capture(Echo(), over: Echo.batches(2), step: 0)
      try recorder.finish()
      #expect(try names(in: directory) == ["step-00000000.h5"])
    }
  }

  @Test func theModelsOwnErrorsPass() throws {
    struct Broken: Error {}
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      #expect(throws: Broken.self) {
        try recorder.capture(Echo(write: { _, _ in throw Broken() }), over: Echo.batches(2), step: 0)
      }
      try recorder.finish()
      #expect(try names(in: directory) == [])
    }
  }

  @Test func tooLittleToRecord() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      #expect(throws: CaptureError.tooFewMinibatches(1)) {
        try recorder.capture(Echo(), over: Echo.batches(1), step: 0)
      }
      #expect(throws: CaptureError.emptyMinibatch(1)) {
        try recorder.capture(Echo(), over: [Echo.batches(1)[0], []], step: 0)
      }
      #expect(throws: CaptureError.negativeStep(-1)) { try recorder.capture(Echo(), over: Echo.batches(2), step: -1) }
      try recorder.finish()
      try recorder.finish()
      #expect(throws: CaptureError.finished) { try recorder.capture(Echo(), over: Echo.batches(2), step: 0) }
    }
  }

  @Test func aGradientThatIsNotFinite() throws {
    var batches = Echo.batches(4)
    batches[2][5] = .nan
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      let error = #expect(throws: CaptureError.self) { try recorder.capture(Echo(), over: batches, step: 0) }
      #expect("\(error!)" == "gradient of minibatch 2: tensor second holds a number that is not finite")
      #expect(throws: CaptureError.self) { try recorder.capture(Echo(loss: .nan), over: Echo.batches(2), step: 0) }
      try recorder.finish()
      #expect(try names(in: directory) == [])
    }
  }

  @Test func aGradientThatIsNotFiniteIsLeftOutIfAsked() throws {
    var batches = Echo.batches(4)
    batches[2][5] = .nan
    try withTemporaryDirectory { directory in
      let messages = Messages()
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.nonFinite = .leaveOut
          $0.logger = messages.logger
        })
      try recorder.capture(Echo(), over: batches, step: 0)
      #expect(throws: CaptureError.tooFewMinibatches(1)) { try recorder.capture(Echo(), over: batches[1..<3], step: 1) }
      try recorder.capture(Echo(), over: batches[..<2], step: 2)
      try recorder.finish()
      #expect(messages.texts(.warning).count == 2)
      #expect(
        messages.texts(.warning)[0]
          == "left out: gradient of minibatch 2: tensor second holds a number that is not finite")
      #expect(try names(in: directory) == ["step-00000000.h5", "step-00000002.h5"])
      let rows = try Rows(directory + "/step-00000000.h5")
      #expect(rows.gradients == [batches[0], batches[1], batches[3]])
      #expect(rows.description.batchSizes == [7, 7, 7])
    }
  }

  @Test func factorsOfMinibatchesThatAreLeftOutGoWithThem() throws {
    let model = TinyModel(.categorical(classes: 3))
    var batches = model.batches
    batches[1].inputs[2][0] = .nan
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.nonFinite = .leaveOut
          $0.factors = [.exact, .sampled]
        })
      try recorder.capture(model, over: batches, step: 0)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      #expect(rows.description.batchSizes == [3, 4])
      #expect(
        rows.description.factors(of: .exact)?.minibatches == [Int](repeating: 0, count: 9)
          + [Int](repeating: 1, count: 12))
      #expect(rows.description.factors(of: .sampled)?.minibatches == [0, 0, 0, 0, 1, 1, 1, 1])
    }
  }

  @Test func outputsAndTargetsThatDoNotFit() throws {
    struct Wrong: OutputProbe {
      var likelihood = Likelihood.categorical(classes: 3)
      var outputs: [Float] = [1, 2, 3]
      var targets = Targets.classes([0])
      let tensors = [TensorLayout("a", shape: [1])]
      func targets(of batch: [Int]) -> Targets { targets }
      func outputs(over batch: [Int]) -> Outputs { Outputs(outputs) { _, row in try row.append([1]) } }
    }
    let cases: [(Wrong, CaptureError)] = [
      (Wrong(outputs: [1, 2]), .inMinibatch(0, .wrongOutputCount(expected: 3, found: 2))),
      (Wrong(outputs: [1, 2, .nan]), .inMinibatch(0, .nonFiniteOutputs)),
      (Wrong(targets: .classes([3])), .inMinibatch(0, .wrongTargets("class 3 is not one of 0..<3"))),
      (Wrong(targets: .classes([0, 1])), .inMinibatch(0, .wrongTargets("2 classes for 1 examples"))),
      (Wrong(targets: .values([0])), .inMinibatch(0, .wrongTargets("a categorical likelihood needs classes"))),
      (
        Wrong(likelihood: .bernoulli(outputs: 3), targets: .values([0, 1, 2])),
        .inMinibatch(0, .wrongTargets("value 2.0 is not in 0...1"))
      ),
      (Wrong(likelihood: .gaussian(outputs: 3, deviation: 0)), .invalidLikelihood("standard deviation 0.0")),
    ]
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      for (model, expected) in cases {
        #expect(throws: expected) { try recorder.capture(model, over: [[1], [2]], step: 0) }
      }
      try recorder.finish()
    }
  }
}
