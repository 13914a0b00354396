import CheckpointHDF5
import Foundation
import GradientProbe
import Landscape
import Testing

/// f(θ; c) = ½‖θ − c‖²: every loss is known beforehand.
private struct Bowl: LossProbe {
  var theta: [Float] = [1, 2, 3, 4, 0.5, -0.5]
  /// Evaluations after which the model fails.
  var failsAfter = Int.max
  var evaluations = Evaluations()

  final class Evaluations {
    var count = 0
  }
  struct Failure: Error {}

  var tensors: [TensorLayout] { [.init("weight", shape: [2, 2]), .init("bias", shape: [2])] }
  func batchSize(of batch: [Float]) -> Int { 3 }

  func gradient(over batch: [Float], into gradient: inout GradientRow) throws -> Double {
    try gradient.writeAll(zip(theta, batch).map { $0 - $1 })
    return 0
  }

  func parameters(into row: inout GradientRow) throws { try row.writeAll(theta) }

  func loss(over batch: [Float], displacedBy displacement: Span<Float>) throws -> Double {
    evaluations.count += 1
    if evaluations.count > failsAfter { throw Failure() }
    return theta.indices.reduce(0) { total, index in
      let distance = Double(theta[index]) + Double(displacement[index]) - Double(batch[index])
      return total + distance * distance / 2
    }
  }

  static let batches: [[Float]] = [[0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 1, 1], [2, 2, 2, 2, 2, 2]]
}

@Suite("Capturing slices")
struct SliceCaptureTests {
  /// A run with one checkpoint of `model`, and its file.
  private func withCheckpoint(_ model: Bowl, _ body: (_ directory: String, _ file: String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.factors = [] })
      try recorder.capture(model, over: Bowl.batches, step: 120)
      try recorder.finish()
      try body(directory, directory + "/step-00000120.h5")
    }
  }

  @Test("groups of minibatches are told")
  func groups() throws {
    try withCheckpoint(Bowl()) { directory, file in
      let captured = try Bowl().captureSlice(
        over: ["train": Bowl.batches[..<2], "validation": Bowl.batches[2...]], beside: file, options: small())
      #expect(captured.groups == MinibatchGroups(names: ["train", "validation"], ids: [0, 0, 1]))
      #expect(try SliceReader(directory + "/step-00000120-random.slice.h5").slice == captured)
    }
  }

  @Test("a sharded checkpoint has slices as any other")
  func sharded() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.factors = []
          $0.shard = Shard(rank: 0, of: 1)
        })
      try recorder.capture(Bowl(), over: Bowl.batches, step: 120)
      try recorder.finish()
      let file = directory + "/step-00000120.h5"
      let captured = try Bowl().captureSlice(over: Bowl.batches, beside: file, options: small())
      #expect(try SliceReader(directory + "/step-00000120-random.slice.h5").slice == captured)
      #expect(try CheckpointReader.describe(file).shards?.count == 1)
      // θ, which lies in the shard, is compared.
      var moved = Bowl()
      moved.theta[5] += 1
      #expect(throws: CaptureError.movedSinceCheckpoint(step: 120)) {
        try moved.captureSlice(over: Bowl.batches, beside: file, options: small { $0.name = "moved" })
      }
    }
  }

  private func small(_ change: (inout SliceOptions) -> Void = { _ in }) -> SliceOptions {
    var options = SliceOptions()
    options.grid = SliceGrid(GridAxis(radius: 1, count: 3), GridAxis(radius: 0.5, count: 5))
    options.logger = Messages().logger
    change(&options)
    return options
  }

  @Test("the file beside the checkpoint holds the losses at every point", .tags(.files))
  func losses() throws {
    let model = Bowl()
    try withCheckpoint(model) { directory, file in
      let captured = try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      #expect(
        try names(in: directory).filter { !$0.hasPrefix(".") } == ["step-00000120-random.slice.h5", "step-00000120.h5"])
      let slice = try SliceReader(directory + "/step-00000120-random.slice.h5").slice
      #expect(slice == captured)
      let description = try CheckpointReader.describe(file)
      #expect(slice.origin.run == description.run)
      #expect(slice.origin.step == 120)
      #expect(slice.origin.file == "step-00000120.h5")
      #expect(slice.origin.checksum.hasPrefix("xxh3:"))
      #expect(slice.surface.batchSizes == [3, 3, 3])

      let directions = slice.directions.map { summary in
        Direction.random(
          at: model.theta, tensors: description.tensors, scale: .filter, seed: summary.seed!)
      }
      #expect(directions[0].values != directions[1].values)
      for point in 0..<15 {
        let place = slice.surface.grid.coordinates(of: point)
        for (minibatch, batch) in Bowl.batches.enumerated() {
          let expected = model.theta.indices.reduce(0.0) { total, index in
            let moved =
              Double(model.theta[index]) + place[0] * Double(directions[0].values[index])
              + place[1] * Double(directions[1].values[index])
            return total + (moved - Double(batch[index])) * (moved - Double(batch[index])) / 2
          }
          #expect(abs(slice.surface.minibatchLosses[minibatch][point] - expected) < 1e-5)
        }
      }
    }
  }

  @Test("a capture that died goes on where it was, and gives what one without a break gives", .tags(.faults))
  func resumes() throws {
    var model = Bowl()
    try withCheckpoint(model) { directory, file in
      model.failsAfter = 3 * 7 + 1
      #expect(throws: Bowl.Failure.self) {
        try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      }
      #expect(try names(in: directory).contains("step-00000120-random.slice.h5.partial"))
      #expect(try !names(in: directory).contains("step-00000120-random.slice.h5"))

      model.failsAfter = .max
      model.evaluations = .init()
      let resumed = try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      #expect(model.evaluations.count == 3 * 8)
      #expect(try !names(in: directory).contains("step-00000120-random.slice.h5.partial"))
      let whole = try model.captureSlice(over: Bowl.batches, beside: file, options: small { $0.name = "again" })
      #expect(resumed.surface == whole.surface)
    }
  }

  @Test("a damaged or foreign spool is not believed", .tags(.faults))
  func spool() throws {
    var model = Bowl()
    try withCheckpoint(model) { directory, file in
      model.failsAfter = 3 * 7
      _ = try? model.captureSlice(over: Bowl.batches, beside: file, options: small())
      let spool = directory + "/step-00000120-random.slice.h5.partial"
      var bytes = try Data(contentsOf: URL(filePath: spool))
      // A record has three losses and a checksum: one bit of the fourth point's.
      bytes[16 + 3 * 32 + 5] ^= 1
      try bytes.write(to: URL(filePath: spool))
      model.failsAfter = .max
      model.evaluations = .init()
      try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      #expect(model.evaluations.count == 3 * 12)
    }
    try withCheckpoint(model) { directory, file in
      model.failsAfter = 3 * 7
      model.evaluations = .init()
      _ = try? model.captureSlice(over: Bowl.batches, beside: file, options: small())
      model.failsAfter = .max
      model.evaluations = .init()
      try model.captureSlice(
        over: Bowl.batches, beside: file, options: small { $0.directions = .random(.layer, seed: 0) })
      #expect(model.evaluations.count == 3 * 15)
    }
  }

  @Test("a line to another checkpoint ends at its parameters")
  func towards() throws {
    var other = Bowl()
    other.theta = [0, 0, 1, 1, 2, 2]
    try withCheckpoint(other) { _, target in
      let model = Bowl()
      try withCheckpoint(model) { _, file in
        let slice = try model.captureSlice(
          over: Bowl.batches, beside: file,
          options: small {
            $0.name = "line"
            $0.grid = SliceGrid(GridAxis(from: -0.5, to: 1.5, count: 5))
            $0.directions = .towards(checkpoint: target)
          })
        #expect(slice.directions.map(\.origin) == [.between])
        let expected = try Bowl.batches.map { batch in
          let zero = [Float](repeating: 0, count: 6)
          return try other.loss(over: batch, displacedBy: zero.span)
        }
        #expect(slice.surface.minibatchLosses.map { $0[3] } == expected)
      }
    }
  }

  @Test("wrong use is told", .tags(.misuse))
  func misuse() throws {
    let model = Bowl()
    try withCheckpoint(model) { directory, file in
      var moved = model
      moved.theta[0] += 1
      #expect(throws: CaptureError.movedSinceCheckpoint(step: 120)) {
        try moved.captureSlice(over: Bowl.batches, beside: file, options: small())
      }
      for change: (inout SliceOptions) -> Void in [
        { $0.name = "../up" }, { $0.name = "" }, { $0.directions = .towards(checkpoint: file) },
        { $0.directions = .given([]) },
        { $0.directions = .given([Direction(name: "short", origin: .given, values: [1])]) },
      ] {
        let error = #expect(throws: CaptureError.self) {
          try model.captureSlice(over: Bowl.batches, beside: file, options: small(change))
        }
        #expect(error?.description.hasPrefix("slice: ") == true)
      }
      #expect(throws: CaptureError.tooFewMinibatches(0)) {
        try model.captureSlice(over: [], beside: file, options: small())
      }
      #expect(throws: CheckpointError.self) {
        try model.captureSlice(over: Bowl.batches, beside: directory + "/none.h5", options: small())
      }
      try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      let again = #expect(throws: CheckpointError.self) {
        try model.captureSlice(over: Bowl.batches, beside: file, options: small())
      }
      #expect(again?.cause == .alreadyExists)
    }
  }
}
