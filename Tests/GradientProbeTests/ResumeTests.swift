import Foundation
import Logging
import Testing

@testable import GradientProbe

@Suite("Runs and their directories", .tags(.files)) struct ResumeTests {
  func record(_ steps: [Int], in directory: String, resume: Bool = false) throws -> String {
    let recorder = try Recorder(directory: directory, options: options { $0.resume = resume })
    for step in steps { try recorder.capture(Echo(), over: Echo.batches(2), step: step) }
    try recorder.finish()
    return recorder.run
  }

  @Test func aResumedRunKeepsItsNameAndConfiguration() throws {
    try withTemporaryDirectory { directory in
      func configuration(_ step: Int, _ set: (inout RecorderOptions) -> Void) throws -> RunConfiguration {
        let recorder = try Recorder(
          directory: directory,
          options: options {
            $0.resume = step > 0
            set(&$0)
          })
        try recorder.capture(Echo(), over: Echo.batches(2), step: step)
        try recorder.finish()
        return try Rows(directory + "/step-0000000\(step).h5").description.configuration
      }
      let first = RunConfiguration(name: "small", values: ["lr": 0.1, "optimizer": "sgd"])
      #expect(
        try configuration(0) {
          $0.name = "small"
          $0.configuration = ["lr": 0.1, "optimizer": "sgd"]
        } == first)
      #expect(try configuration(1) { _ in } == first)
      let changed = try configuration(2) { $0.configuration = ["lr": 0.01] }
      #expect(changed == RunConfiguration(name: "small", values: ["lr": 0.01, "optimizer": "sgd"]))
      #expect(try configuration(3) { $0.name = "renamed" }.name == "renamed")
    }
  }

  @Test func aDirectoryWithCheckpointsIsRefused() throws {
    try withTemporaryDirectory { directory in
      _ = try record([0, 5], in: directory)
      let error = #expect(throws: CheckpointError.self) { try record([6], in: directory) }
      #expect(error == CheckpointError(file: directory, cause: .holdsCheckpoints(2)))
      #expect(try names(in: directory) == ["step-00000000.h5", "step-00000005.h5"])
      let message = try #require(error).description
      #expect(message.contains("RecorderOptions.resume") && message.contains("Recorder(in:)"))
    }
  }

  @Test func everyRunHasADirectoryOfItsOwn() throws {
    try withTemporaryDirectory { parent in
      var directories: Set<String> = []
      for _ in 0..<3 {
        let recorder = try Recorder(in: parent + "/mine", options: options())
        try recorder.capture(Echo(), over: Echo.batches(2), step: 0)
        try recorder.finish()
        #expect(try names(in: recorder.directory) == ["step-00000000.h5"])
        directories.insert(recorder.directory)
      }
      #expect(directories.count == 3)
    }
  }

  @Test func freshDirectoriesOfOneSecondAreCounted() throws {
    try withTemporaryDirectory { parent in
      let time = "2026-01-31T12:00:00Z"
      let first = try RunDirectory.makeFresh(in: parent, time: time)
      let second = try RunDirectory.makeFresh(in: parent + "/", time: time)
      #expect(first == parent + "/20260131T120000-1")
      #expect(second == parent + "/20260131T120000-2")
    }
  }

  @Test func theLastStepIsDueOnce() throws {
    try withTemporaryDirectory { directory in
      _ = try record([0, 299], in: directory)
      let recorder = try Recorder(directory: directory, options: options { $0.resume = true })
      #expect((0...299).filter { recorder.isDue(at: $0, last: 299) } == [100, 200])
      #expect((0...250).filter { recorder.isDue(at: $0, last: 250) } == [100, 200, 250])
    }
  }

  @Test func resumingGoesOnWithRunAndSequence() throws {
    try withTemporaryDirectory { directory in
      let run = try record([0, 5], in: directory)
      let before = try Data(contentsOf: URL(fileURLWithPath: directory + "/step-00000005.h5"))
      // Training goes back to where it was saved, and comes by step 5 again.
      #expect(try record([5, 7], in: directory, resume: true) == run)
      #expect(try Data(contentsOf: URL(fileURLWithPath: directory + "/step-00000005.h5")) == before)
      let last = try Rows(directory + "/step-00000007.h5").description
      #expect(last.run == run && last.sequence == 2)
    }
  }

  @Test func whatIsRecordedIsNotDueAgain() throws {
    try withTemporaryDirectory { directory in
      _ = try record([0, 100], in: directory)
      let recorder = try Recorder(directory: directory, options: options { $0.resume = true })
      #expect((0...300).filter(recorder.isDue) == [200, 300])
    }
  }

  @Test func resumingAnEmptyDirectoryBegins() throws {
    try withTemporaryDirectory { directory in
      _ = try record([3], in: directory, resume: true)
      #expect(try Rows(directory + "/step-00000003.h5").description.sequence == 0)
    }
  }

  @Test func resumingNeedsTheSameLayout() throws {
    try withTemporaryDirectory { directory in
      _ = try record([0], in: directory)
      let recorder = try Recorder(directory: directory, options: options { $0.resume = true })
      #expect(throws: CaptureError.layoutChanged("2 tensors before, 1 now")) {
        try recorder.capture(
          Echo(tensors: [TensorLayout("first", shape: [2, 2])]), over: Echo.batches(2), step: 1)
      }
    }
  }

  @Test func twoRecordersDoNotShareADirectory() throws {
    try withTemporaryDirectory { directory in
      let first = try Recorder(directory: directory, options: options())
      #expect(throws: CheckpointError(file: directory, cause: .inUse)) {
        try Recorder(directory: directory, options: options())
      }
      try first.finish()
      _ = try Recorder(directory: directory, options: options())
    }
  }

  @Test func whatADeadWriterLeftIsRemoved() throws {
    try withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      for name in ["step-00000001.h5.tmp", "notes.tmp"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
      }
      _ = try record([1], in: directory)
      #expect(try names(in: directory) == ["notes.tmp", "step-00000001.h5"])
    }
  }

  @Test func aStepTwiceIsRefused() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: options())
      try recorder.capture(Echo(), over: Echo.batches(2), step: 1)
      try recorder.capture(Echo(), over: Echo.batches(3), step: 1)
      #expect(throws: CheckpointError(file: directory + "/step-00000001.h5", cause: .alreadyExists)) {
        try recorder.finish()
      }
      #expect(try Rows(directory + "/step-00000001.h5").gradients.count == 2)
    }
  }

  @Test(arguments: [("", "mkdir", ENOENT), ("/file", "open", ENOTDIR), ("/file/run", "mkdir", ENOTDIR)])
  func directoriesThatCannotBe(name: String, operation: String, code: Int32) throws {
    try withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: directory + "/file"))
      let path = name.isEmpty ? "" : directory + name
      let error = #expect(throws: CheckpointError.self) { try Recorder(directory: path, options: options()) }
      guard case .system(operation, errno: code, _) = error?.cause else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(error?.file == path)
    }
  }

  @Test func directoriesAreMadeDeep() throws {
    try withTemporaryDirectory { directory in
      _ = try record([0], in: directory + "/a/b//c/")
      #expect(try names(in: directory + "/a/b/c") == ["step-00000000.h5"])
    }
  }
}
