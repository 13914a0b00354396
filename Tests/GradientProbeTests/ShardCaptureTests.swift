import Foundation
import Synchronization
import Testing

@testable import GradientProbe

@Suite("Ranks record shards of one checkpoint", .tags(.files), .serialized) struct ShardCaptureTests {
  /// A model of three tensors, 3 × 5, 7 and 4 numbers, that is asked for some columns of its rows.
  struct Part: LabelSamplingProbe {
    var columns = 0..<26
    var listed = ["a", "b", "c"]
    var broken: Int?
    var hashes: UInt64 = 0

    static let whole = [
      TensorLayout("a", shape: [3, 5]), TensorLayout("b", shape: [7]), TensorLayout("c", shape: [2, 2]),
    ]

    var tensors: [TensorLayout] { Self.whole.filter { listed.contains($0.name) } }
    func batchSize(of batch: Int) -> Int { batch + 2 }
    func batchHash(of batch: Int) -> UInt64? { UInt64(batch) + hashes + 1 << 63 }

    static func numbers(_ seed: Int) -> [Float] { (0..<26).map { Float(($0 * 7 + seed * 5) % 64) / 8 - 4 } }

    func gradient(over batch: Int, into gradient: inout GradientRow) throws -> Double {
      var numbers = Array(Self.numbers(batch)[columns])
      if batch == broken { numbers[0] = .nan }
      try gradient.writeAll(numbers)
      return Double(batch)
    }

    func sampledGradient(
      over batch: Int, using generator: inout SplitMix64, into gradient: inout GradientRow
    ) throws {
      // The same draw on all ranks, whatever part of the row they hold.
      try gradient.writeAll(Array(Self.numbers(Int(generator.next() % 50))[columns]))
    }

    func parameters(into row: inout GradientRow) throws { try row.writeAll(Array(Self.numbers(99)[columns])) }
  }

  private func shardOptions(_ shard: Shard?, resume: Bool = false, timeout: Double = 20) -> RecorderOptions {
    options {
      $0.shard = shard
      $0.resume = resume
      $0.shardTimeout = timeout
      $0.schedule = .every(1)
    }
  }

  /// Runs `body` for every rank at once, and returns what each threw.
  @discardableResult
  private func ranks(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [String?] {
    let outcomes = Mutex([String?](repeating: nil, count: count))
    // Threads, since all must run at once, however few processors there are.
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      Thread.detachNewThread {
        do { try body(rank) } catch { outcomes.withLock { $0[rank] = "\(error)" } }
        group.leave()
      }
    }
    group.wait()
    return outcomes.withLock { $0 }
  }

  /// The ways to share 26 columns among three ranks.
  enum Way: CaseIterable {
    case columns, unevenColumns, names, own

    func shard(_ rank: Int) -> Shard {
      switch self {
      case .columns: Shard(rank: rank, of: 3, columns: [0..<9, 9..<18, 18..<26][rank])
      case .unevenColumns: Shard(rank: rank, of: 3, columns: [25..<26, 0..<1, 1..<25][rank])
      case .names: Shard(rank: rank, of: 3, tensors: [["a"], ["b"], ["c"]][rank])
      case .own: Shard(rank: rank, of: 3)
      }
    }

    func part(_ rank: Int) -> Part {
      let name = ["a", "b", "c"][rank]
      let own = [0..<15, 15..<22, 22..<26][rank]
      switch self {
      case .columns: return Part(columns: [0..<9, 9..<18, 18..<26][rank])
      case .unevenColumns: return Part(columns: [25..<26, 0..<1, 1..<25][rank])
      case .names: return Part(columns: own)
      case .own: return Part(columns: own, listed: [name])
      }
    }
  }

  @Test("which holds what one process would have recorded", arguments: Way.allCases)
  func equal(way: Way) throws {
    try withTemporaryDirectory { directory in
      try withTemporaryDirectory { whole in
        let recorder = try Recorder(directory: whole, options: shardOptions(nil))
        for step in 0..<3 { try recorder.capture(Part(), over: 0..<4, step: step, metrics: ["x": 1]) }
        try recorder.finish()
        let shared = shardOptions
        let outcomes = ranks(3) { rank in
          let recorder = try Recorder(directory: directory, options: shared(way.shard(rank), false, 20))
          for step in 0..<3 { try recorder.capture(way.part(rank), over: 0..<4, step: step, metrics: ["x": 1]) }
          try recorder.finish()
        }
        #expect(outcomes == [nil, nil, nil])
        for step in 0..<3 {
          let (one, other) = (
            try Rows("\(whole)/step-0000000\(step).h5"), try Rows("\(directory)/step-0000000\(step).h5")
          )
          #expect(
            one.gradients == other.gradients && one.factors == other.factors && one.parameters == other.parameters)
          #expect(one.description.tensors == other.description.tensors)
          #expect(
            one.description.losses == other.description.losses && one.description.metrics == other.description.metrics)
          #expect(one.description.batchHashes == other.description.batchHashes && other.description.batchHashes != nil)
          #expect(other.description.sequence == step && other.description.shards?.count == 3)
        }
        let left = try names(in: directory).filter { $0.hasSuffix(".tmp") || $0.contains("manifest") }
        #expect(left.isEmpty)
        #expect(try names(in: directory + "/step-00000000.shards") == (0..<3).map { "0000\($0)-of-00003.h5" })
      }
    }
  }

  @Test("of gradients that loops hand over too", arguments: [true, false]) func observed(isCut: Bool) throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(2) { rank in
        let columns = [0..<9, 9..<26][rank]
        let shard = isCut ? Shard(rank: rank, of: 2, columns: columns) : Shard(rank: rank, of: 2)
        var options = shared(shard, false, 20)
        options.rows = 3
        let recorder = try Recorder(directory: directory, options: options)
        for step in 0..<5 {
          try recorder.observe(
            step: step, batchSize: 2, loss: Double(step), batchHash: UInt64(step), tensors: isCut ? Part.whole : nil
          ) { row in
            let numbers = Array(Part.numbers(step)[columns])
            if isCut { try row.writeAll(numbers) } else { try row.write(numbers, to: "part\(rank)") }
          }
        }
        try recorder.finish()
      }
      #expect(outcomes == [nil, nil])
      for (name, steps, isPartial) in [("step-00000002.h5", 0..<3, false), ("step-00000004.h5", 3..<5, true)] {
        let rows = try Rows(directory + "/" + name)
        #expect(rows.gradients == steps.map(Part.numbers) && rows.description.isPartial == isPartial)
        #expect(rows.description.minibatchSteps == Array(steps) && rows.description.sampling == .path)
        #expect(rows.description.tensors.map(\.name) == (isCut ? ["a", "b", "c"] : ["part0", "part1"]))
      }
    }
  }

  @Test("a shard of columns needs to know the whole model") func unknownLayout() throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(directory: directory, options: shardOptions(Shard(rank: 0, of: 1, columns: 0..<3)))
      #expect(throws: CaptureError.self) {
        try recorder.observe(step: 0, batchSize: 2, loss: 1) { try $0.write([1, 2, 3], to: "a") }
      }
      #expect(throws: CaptureError.self) { try recorder.capture(Part(listed: []), over: 0..<4, step: 0) }
    }
    for shard in [
      Shard(rank: 0, of: 1, columns: 20..<27), Shard(rank: 0, of: 1, columns: 3..<3),
      Shard(rank: 0, of: 1, tensors: ["x"]),
    ] {
      try withTemporaryDirectory { directory in
        let recorder = try Recorder(directory: directory, options: shardOptions(shard))
        #expect(throws: CaptureError.self) { try recorder.capture(Part(), over: 0..<4, step: 0) }
      }
    }
  }

  @Test("without the rows that are not finite on one of them") func leftOut() throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(3) { rank in
        var options = shared(Way.columns.shard(rank), false, 20)
        options.nonFinite = .leaveOut
        let recorder = try Recorder(directory: directory, options: options)
        var part = Way.columns.part(rank)
        // Of five minibatches the second fails on rank 1, the fourth on rank 2.
        part.broken = [nil, 1, 3][rank]
        try recorder.capture(part, over: 0..<5, step: 0)
        part.broken = nil
        try recorder.capture(part, over: 0..<5, step: 1)
        // One is left.
        part.broken = rank == 0 ? 0 : 1
        try recorder.capture(part, over: 0..<3, step: 2)
        part.broken = nil
        try recorder.capture(part, over: 0..<3, step: 3)
        try recorder.finish()
      }
      for outcome in outcomes {
        #expect(outcome?.contains("finite on all ranks: 1, but at least 2 are needed") == true, "\(outcomes)")
      }
      let rows = try Rows(directory + "/step-00000000.h5")
      #expect(rows.gradients == [0, 2, 4].map(Part.numbers))
      #expect(rows.description.losses == [0, 2, 4] && rows.description.batchSizes == [2, 4, 6])
      let hashes = rows.description.batchHashes
      #expect(hashes == [0, 2, 4].map { Part().batchHash(of: $0)! })
      #expect(rows.description.factors(of: .sampled)?.minibatches == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
      // The draws are those of the minibatch's number in the capture, whatever was left out.
      let whole = try Rows(directory + "/step-00000001.h5")
      #expect(whole.gradients == (0..<5).map(Part.numbers))
      #expect(try Rows(directory + "/step-00000003.h5").gradients == (0..<3).map(Part.numbers))
      #expect(try names(in: directory).filter { $0.hasSuffix(".h5") }.count == 3)
      let left = try names(in: directory + "/step-00000000.shards")
      #expect(left == (0..<3).map { "0000\($0)-of-00003.h5" })
    }
  }

  @Test("or nothing where a rank fails, and the next is whole", arguments: [0, 1, 2]) func failing(rank broken: Int)
    throws
  {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(3) { rank in
        let recorder = try Recorder(directory: directory, options: shared(Way.columns.shard(rank), false, 20))
        var part = Way.columns.part(rank)
        if rank == broken { part.broken = 2 }
        var first: (any Error)?
        do { try recorder.capture(part, over: 0..<4, step: 0) } catch { first = error }
        part.broken = nil
        do { try recorder.capture(part, over: 0..<4, step: 1) } catch { first = first ?? error }
        do { try recorder.finish() } catch { first = first ?? error }
        if let first { throw first }
      }
      for (rank, outcome) in outcomes.enumerated() {
        let expected = rank == broken ? "not finite" : "rank \(broken) gave it up: its capture failed"
        // Rank 0 passes on what it learns.
        let passedOn = "rank 0 gave it up: shards: rank \(broken) gave it up"
        #expect(outcome?.contains(expected) == true || outcome?.contains(passedOn) == true, "\(outcome ?? "nothing")")
      }
      let checkpoints = try names(in: directory).filter { $0.hasSuffix(".h5") }
      #expect(checkpoints == ["step-00000001.h5"])
      #expect(try Rows(directory + "/step-00000001.h5").gradients == (0..<4).map(Part.numbers))
      #expect(try Rows(directory + "/step-00000001.h5").description.sequence == 0)
    }
  }

  @Test("a rank that fails before its first row tells the others too") func failingEarly() throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(2) { rank in
        let columns = [0..<9, 9..<26][rank]
        let recorder = try Recorder(
          directory: directory, options: shared(Shard(rank: rank, of: 2, columns: columns), false, 20))
        try? recorder.capture(Part(columns: columns), over: rank == 1 ? 0..<1 : 0..<4, step: 0)
        try recorder.finish()
      }
      #expect(outcomes[0]?.contains("rank 1 gave it up: its capture failed") == true, "\(outcomes)")
      #expect(outcomes[1] == nil)
    }
  }

  @Test("ranks that never come are named", arguments: [[0, 1], [1, 2], [0]]) func missing(present: [Int]) throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(3) { rank in
        guard present.contains(rank) || rank == 0 else { return }
        let recorder = try Recorder(directory: directory, options: shared(Way.columns.shard(rank), false, 3))
        guard present.contains(rank) else {
          // Rank 0 is there and records nothing.
          return withExtendedLifetime(recorder) { Thread.sleep(forTimeInterval: 4) }
        }
        try recorder.capture(Way.columns.part(rank), over: 0..<4, step: 0)
        try recorder.finish()
      }
      let absent = [0, 1, 2].filter { !present.contains($0) }.map(String.init).joined(separator: ", ")
      for rank in present {
        #expect(
          outcomes[rank]?.contains("no shard came from rank\(absent.count == 1 ? "" : "s") \(absent) of 3") == true,
          "\(outcomes)")
      }
      let checkpoints = try names(in: directory).filter { $0.hasSuffix(".h5") }
      #expect(checkpoints.isEmpty)
    }
  }

  @Test("rank 0 with nothing to record stays until the others have come, who have nothing to record either")
  func nothingLeft() throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(3) { rank in
        // Long after rank 0 would have been gone.
        if rank > 0 { Thread.sleep(forTimeInterval: 0.3 * Double(rank)) }
        try Recorder(directory: directory, options: shared(Way.columns.shard(rank), false, 5)).finish()
      }
      #expect(outcomes.allSatisfy { $0 == nil }, "\(outcomes)")
    }
  }

  @Test("a rank waits for rank 0, and says so where it does not come") func noSession() throws {
    try withTemporaryDirectory { directory in
      let error = #expect(throws: CheckpointError.self) {
        try Recorder(directory: directory, options: shardOptions(Shard(rank: 1, of: 2), timeout: 0.3))
      }
      #expect(error?.description.contains("no shard came from rank 0 of 2") == true)
      // What a rank 0 that died left is no session.
      try Data(#"{"id":"x","run":"y","count":2}"#.utf8).write(to: URL(filePath: directory + "/.session"))
      #expect(throws: CheckpointError.self) {
        try Recorder(directory: directory, options: shardOptions(Shard(rank: 1, of: 2), timeout: 0.3))
      }
    }
  }

  @Test("ranks that capture something else are told", arguments: ["sizes", "hashes", "count"]) func other(what: String)
    throws
  {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      let outcomes = ranks(2) { rank in
        let columns = [0..<9, 9..<26][rank]
        let recorder = try Recorder(
          directory: directory, options: shared(Shard(rank: rank, of: 2, columns: columns), false, 20))
        var part = Part(columns: columns)
        if rank == 1, what == "hashes" { part.hashes = 3 }
        let batches = rank == 1 && what == "sizes" ? 1..<5 : rank == 1 && what == "count" ? 0..<5 : 0..<4
        try recorder.capture(part, over: batches, step: 0)
        try recorder.finish()
      }
      let expected = what == "hashes" ? "minibatches of other hashes" : "minibatches of other numbers or sizes"
      for outcome in outcomes { #expect(outcome?.contains(expected) == true, "\(outcomes)") }
      let checkpoints = try names(in: directory).filter { $0.hasSuffix(".h5") }
      #expect(checkpoints.isEmpty)
    }
  }

  @Test("two runs on one directory are refused, and so are ranks of another count") func twoRuns() throws {
    try withTemporaryDirectory { directory in
      let first = try Recorder(directory: directory, options: shardOptions(Shard(rank: 0, of: 2)))
      let second = try Recorder(directory: directory, options: shardOptions(Shard(rank: 1, of: 2)))
      for shard in [Shard(rank: 0, of: 2), Shard(rank: 1, of: 2), nil] {
        let error = #expect(throws: CheckpointError.self) {
          try Recorder(directory: directory, options: shardOptions(shard, timeout: 1))
        }
        #expect(error?.cause == .inUse)
      }
      let error = #expect(throws: CheckpointError.self) {
        try Recorder(directory: directory, options: shardOptions(Shard(rank: 2, of: 3), timeout: 1))
      }
      #expect(error?.description.contains("rank 2 is one of 3, but rank 0 one of 2") == true)
      withExtendedLifetime((first, second)) {}
    }
  }

  @Test("a run is resumed past what died, which is removed") func resume() throws {
    try withTemporaryDirectory { directory in
      let shared = shardOptions
      func record(_ steps: Range<Int>, resume: Bool) -> [String?] {
        ranks(3) { rank in
          let recorder = try Recorder(directory: directory, options: shared(Way.own.shard(rank), resume, 20))
          for step in steps where recorder.isDue(at: step) {
            try recorder.capture(Way.own.part(rank), over: 0..<4, step: step)
          }
          try recorder.finish()
        }
      }
      #expect(record(0..<2, resume: false) == [nil, nil, nil])
      let run = try Rows(directory + "/step-00000001.h5").description.run
      for name in ["step-00000002.shards.tmp", "step-00000003.shards"] {
        try FileManager.default.createDirectory(atPath: directory + "/" + name, withIntermediateDirectories: false)
        try Data("x".utf8).write(to: URL(filePath: directory + "/\(name)/00000-of-00003.h5"))
      }
      #expect(record(0..<4, resume: true) == [nil, nil, nil])
      let last = try Rows(directory + "/step-00000003.h5")
      #expect(
        last.description.run == run && last.description.sequence == 3 && last.gradients == (0..<4).map(Part.numbers))
      #expect(record(0..<4, resume: false).allSatisfy { $0?.contains("holds 4 checkpoints already") == true })
    }
  }

  @Test(
    "options that ranks cannot agree on are refused",
    arguments: [
      (Shard(rank: 2, of: 2), "rank 2 of 2"), (Shard(rank: -1, of: 2), "rank -1 of 2"),
      (Shard(rank: 0, of: 0), "rank 0 of 0"),
      (Shard(rank: 0, of: 5_000), "rank 0 of 5000"),
    ])
  func refused(shard: Shard, reason: String) throws {
    try withTemporaryDirectory { directory in
      let error = #expect(throws: CheckpointError.self) {
        try Recorder(directory: directory, options: shardOptions(shard))
      }
      #expect(error?.description.contains(reason) == true)
      for change in [{ $0.schedule = .within(share: 0.1) }, { $0.shardTimeout = 0 }]
        as [(inout RecorderOptions) -> Void]
      {
        var options = shardOptions(Shard(rank: 0, of: 1))
        change(&options)
        #expect(throws: CheckpointError.self) { try Recorder(directory: directory, options: options) }
      }
    }
  }
}
