import Logging
import Testing

@testable import GradientProbe

@Suite("The passive hook", .tags(.files)) struct ObserveTests {
  @Test func checkpointsCloseEveryRowsAndAtTheEnd() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.rows = 3 })
      let rows = Echo.batches(8)
      for step in 0..<8 {
        try recorder.observe(
          step: 10 + step, batchSize: 4 + step, loss: Double(step), metrics: ["train_loss": Double(step)]
        ) { row in
          try row.write(Array(rows[step][..<4]), to: "w")
          try row.write(Array(rows[step][4...]), to: "b")
        }
      }
      try recorder.finish()
      #expect(try names(in: directory) == ["step-00000012.h5", "step-00000015.h5", "step-00000017.h5"])
      let second = try Rows(directory + "/step-00000015.h5")
      #expect(second.gradients == Array(rows[3..<6]))
      #expect(second.description.sampling == .path)
      #expect(second.description.sequence == 1)
      #expect(second.description.minibatchSteps == [13, 14, 15])
      #expect(second.description.batchSizes == [7, 8, 9])
      #expect(second.description.losses == [3, 4, 5])
      #expect(second.description.metrics == ["train_loss": 5])
      #expect(
        second.description.tensors == [TensorLayout("w", shape: [4]), TensorLayout("b", shape: [3])].columns)
      let third = try Rows(directory + "/step-00000017.h5")
      #expect(third.gradients == Array(rows[6...]))
      #expect(third.description.isPartial && !second.description.isPartial)
    }
  }

  @Test func shapesMayBeTold() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.rows = 2 })
      for step in 0..<2 {
        try recorder.observe(step: step, batchSize: 1, loss: 0, tensors: Echo().tensors) { row in
          try row.append([1, 2, 3, 4])
          try row.append([5, 6, 7])
        }
      }
      try recorder.finish()
      #expect(try Rows(directory + "/step-00000001.h5").description.tensors == Echo().tensors.columns)
    }
  }

  @Test func rowsFollowTheFirst() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options { $0.rows = 2 })
      func observe(_ step: Int, _ numbers: [Float]) throws {
        try recorder.observe(step: step, batchSize: 1, loss: 0) { try $0.writeAll(numbers) }
      }
      try observe(0, [1, 2])
      #expect(throws: CaptureError.self) { try observe(1, [1, 2, 3]) }
      #expect(throws: CaptureError.self) { try observe(1, [1, .nan]) }
      #expect(throws: CaptureError.self) {
        try recorder.observe(step: 1, batchSize: 1, loss: .infinity) { try $0.writeAll([1, 2]) }
      }
      #expect(throws: CaptureError.self) {
        try recorder.observe(step: 1, batchSize: 0, loss: 1) { try $0.writeAll([1, 2]) }
      }
      try observe(2, [3, 4])
      try recorder.finish()
      #expect(try Rows(directory + "/step-00000002.h5").gradients == [[1, 2], [3, 4]])
    }
  }

  @Test func oneRowAloneMakesNoCheckpoint() throws {
    try withTemporaryDirectory { directory in
      let messages = Messages()
      let recorder = try Recorder(directory: directory, options: options { $0.logger = messages.logger })
      try recorder.observe(step: 0, batchSize: 1, loss: 0) { try $0.writeAll([1, 2]) }
      try recorder.finish()
      #expect(try names(in: directory) == [])
      #expect(messages.texts(.warning).count == 1)
    }
  }
}
