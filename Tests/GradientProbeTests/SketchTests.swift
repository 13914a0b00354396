import CheckpointHDF5
import Foundation
import Testing

@testable import Checkpoint
@testable import GradientProbe

/// A model whose rows are its batch's numbers.
struct Scripted: LabelSamplingProbe {
  struct Batch: Sendable {
    var gradient: [Float]
    var samples: [[Float]]
    var size = 9
  }

  var tensors: [TensorLayout]

  func batchSize(of batch: Batch) -> Int { batch.size }

  func gradient(over batch: Batch, into gradient: inout GradientRow) throws -> Double {
    try gradient.writeAll(batch.gradient)
    return 0.5
  }

  func sampledGradients(
    over batch: Batch, draws: Int, using generator: inout SplitMix64,
    add: ((inout GradientRow) throws -> Void) throws -> Void
  ) throws {
    for sample in batch.samples { try add { try $0.writeAll(sample) } }
  }

  func sampledGradient(over batch: Batch, using generator: inout SplitMix64, into gradient: inout GradientRow) {}

  /// Minibatches of `count` numbers whose sizes differ, with `draws` samples each.
  static func batches(_ count: Int, minibatches: Int = 4, draws: Int = 3, scale: [Float]? = nil) -> [Batch] {
    var generator = SplitMix64(seed: 11)
    func row() -> [Float] {
      (0..<count).map { index in
        let value = Float(generator.uniform() - 0.5) * Float(1 + index % 7)
        return value * (scale?[index] ?? 1)
      }
    }
    return (0..<minibatches).map { _ in Batch(gradient: row(), samples: (0..<draws).map { _ in row() }) }
  }
}

/// Sketches as FORMAT.md defines them, in double precision, one number of the generator after another.
struct SketchReference {
  var widths: [Int]
  var layouts: [TensorLayout]
  var seed: UInt64

  func sketch(_ row: [Double]) -> [Double] {
    var result: [Double] = []
    var offset = 0
    for (layout, width) in zip(layouts, widths) {
      let own = Array(row[offset..<(offset + layout.count)])
      offset += layout.count
      guard width < layout.count else {
        result += own
        continue
      }
      var sums = [Double](repeating: 0, count: width)
      var generator = SplitMix64(seed: seed ^ Self.nameHashes[layout.name]!)
      var hash: UInt64 = 0
      for (index, value) in own.enumerated() {
        if index % 2 == 0 { hash = generator.next() }
        let half = index % 2 == 0 ? hash % (1 << 32) : hash >> 32
        let place = (half % (1 << 31) * UInt64(width)) >> 31
        sums[Int(place)] += half >> 31 == 1 ? -value : value
      }
      result += sums
    }
    return result
  }

  /// XXH3-64 of names, by another implementation (`xxhash.xxh3_64_intdigest` of Python).
  static let nameHashes: [String: UInt64] = [
    "embed": 0x8d41b0db3e087009, "bias": 0xb4be24692766627d, "out": 0x8bb391102a99f3c9,
  ]
}

@Suite("Rows are sketched as they are written", .tags(.files)) struct SketchTests {
  static let layouts = [
    TensorLayout("embed", shape: [13, 11]), TensorLayout("bias", shape: [5]), TensorLayout("out", shape: [301]),
  ]

  /// What a file should hold of `batches`.
  static func expected(
    _ batches: [Scripted.Batch], pilots: Int, widths: [Int], layouts: [TensorLayout], seed: UInt64
  ) -> (raw: [[Double]], whitened: [[Double]], factors: [[Double]], squares: CheckpointSquares, live: Int) {
    let factors = batches.flatMap { batch in
      batch.samples.map { $0.map { Double($0) * Double(batch.size).squareRoot() } }
    }
    let gradients = batches.map { $0.gradient.map(Double.init) }
    let first =
      factors.isEmpty
      ? zip(batches, gradients).map { batch, row in row.map { $0 * Double(batch.size).squareRoot() } } : factors
    let rows = first.prefix(pilots)
    let mean = rows[0].indices.map { index in rows.reduce(0) { $0 + $1[index] * $1[index] } / Double(rows.count) }
    func white(_ row: [Double]) -> [Double] { zip(row, mean).map { $1 > 0 ? $0 / $1.squareRoot() : 0 } }
    func squares(_ all: [[Double]]) -> SketchSquares {
      SketchSquares(
        raw: all.map { $0.reduce(0) { $0 + $1 * $1 } }, whitened: all.map { white($0).reduce(0) { $0 + $1 * $1 } },
        outsidePilot: all.map { row in zip(row, mean).reduce(0) { $0 + ($1.1 > 0 ? 0 : $1.0 * $1.0) } })
    }
    let sketch = SketchReference(widths: widths, layouts: layouts, seed: seed)
    return (
      gradients.map(sketch.sketch), gradients.map { sketch.sketch(white($0)) },
      factors.map { sketch.sketch(white($0)) },
      CheckpointSquares(gradients: squares(gradients), factors: factors.isEmpty ? [:] : [.sampled: squares(factors)]),
      mean.count { $0 > 0 }
    )
  }

  static func expect(_ found: [[Float]]?, _ expected: [[Double]], within tolerance: Double = 2e-6) throws {
    let found = try #require(found)
    #expect(found.count == expected.count)
    for (row, other) in zip(found, expected) {
      #expect(relativeDifference(row.map(Double.init), other) < tolerance)
    }
  }

  static func expect(_ found: SketchSquares, _ expected: SketchSquares) {
    for (one, other) in zip(found.arrays, expected.arrays) {
      #expect(one.values.count == other.values.count)
      for (a, b) in zip(one.values, other.values) { #expect(abs(a - b) <= 2e-6 * abs(b)) }
    }
  }

  @Test(
    arguments: [
      (Sketch.width(64), 4), (.share(0.2), 1), (.share(1), nil), (Sketch(.width(32), pilotRows: 7, seed: 99), 7),
    ] as [(Sketch, Int?)])
  func aFileHoldsWhatTheDefinitionSays(sketch: Sketch, pilots: Int?) throws {
    var sketch = sketch
    sketch.pilotRows = pilots
    try withTemporaryDirectory { directory in
      // Parameters that no pilot row moves, one of which a later row does.
      var batches = Scripted.batches(449)
      for index in batches.indices {
        batches[index].size = 4 + index
        batches[index].gradient[30] = index == 2 ? 3 : 0
        for draw in batches[index].samples.indices {
          batches[index].samples[draw][30] = index == 3 ? 2 : 0
          batches[index].samples[draw][448] = 0
        }
      }
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = sketch; $0.sampledDraws = 3
        })
      try recorder.capture(Scripted(tensors: Self.layouts), over: batches, step: 3)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000003.h5")
      let stored = try #require(rows.description.sketch)
      #expect(rows.description.version == 2 && rows.description.parameterCount == 449 && rows.parameters == nil)
      #expect(stored.header.pilotKind == .sampled && stored.header.pilotRowCount == pilots ?? 12)
      #expect(stored.header.pilot == "\(recorder.run)/3" && stored.header.seed == sketch.seed)
      switch sketch.size {
      case .width(let width): #expect(rows.description.columnCount == width)
      case .share(let share): #expect(rows.description.columnCount == Int((share * 449).rounded()))
      }
      let expected = Self.expected(
        batches, pilots: pilots ?? 12, widths: stored.header.widths, layouts: Self.layouts, seed: sketch.seed)
      #expect(stored.header.liveCount == expected.live)
      try Self.expect(rows.raw, expected.raw)
      try Self.expect(rows.gradients, expected.whitened)
      try Self.expect(rows.factors[.sampled], expected.factors)
      Self.expect(stored.squares.gradients, expected.squares.gradients)
      Self.expect(try #require(stored.squares.factors[.sampled]), expected.squares.factors[.sampled]!)
      if let pilots, pilots < 10 { #expect(expected.squares.gradients.outsidePilot[2] > 0) }
    }
  }

  /// One below, at and above the sizes at which tensors are shared out in one more piece, and cut parts that begin at an
  /// odd number.
  @Test(arguments: [(1 << 18) - 1, 1 << 18, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 3 << 18 | 5, 1 << 22])
  func largePiecesAddUpToTheSame(count: Int) throws {
    let layouts = [TensorLayout("embed", shape: [count])]
    let values = (0..<count).map { Float(($0 * 7919) % 1_013) - 506 }
    let inverses = (0..<count).map { Float(1 + $0 % 5) }
    for width in [1, 2, 1_000, 65_536] {
      let reference = SketchReference(widths: [width], layouts: layouts, seed: 5)
      let expected = (
        reference.sketch(values.map(Double.init)), reference.sketch(zip(values, inverses).map { Double($0 * $1) })
      )
      let sketch = CountSketch(try RowLayout(layouts), widths: [width], seed: 5)
      var raw = [Float](repeating: .nan, count: width)
      var whitened = raw
      let (squares, largest) = values.withUnsafeBufferPointer { values in
        sketch.add(values, of: 0, times: 1, inverses: inverses, raw: &raw, whitened: &whitened)
      }
      #expect(largest == 506)
      let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(squares.raw - square) <= 1e-12 * square)
      // Sums of whole numbers below 2²⁴ are exact; wider ones round.
      let scale = values.reduce(0.0) { $0 + Double(abs($1)) }
      func worst(_ found: [Double], _ expected: [Double]) -> Double {
        zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / (scale / Double(width))
      }
      #expect(worst(raw.map(Double.init), expected.0) < 1e-7)
      #expect(worst(whitened.map(Double.init), expected.1) < 5e-7)
      // Parts of the same tensor that ranks hold, sketched by themselves, are of the same hash.
      let cut = count / 3 | 1
      let parts = try [0..<cut, cut..<count].map { columns in
        CountSketch(
          try RowLayout(layouts, shard: Shard(rank: 0, of: 2, columns: columns)), widths: [width], seed: 5)
      }
      var sums = [Double](repeating: 0, count: width)
      for (part, columns) in zip(parts, [0..<cut, cut..<count]) {
        var own = [Float](repeating: 0, count: width)
        _ = Array(values[columns]).withUnsafeBufferPointer { values in
          part.add(values, of: 0, times: 1, inverses: Array(inverses[columns]), raw: nil, whitened: &own)
        }
        for bucket in 0..<width { sums[bucket] += Double(own[bucket]) }
      }
      #expect(worst(sums, expected.1) < 5e-7, "in parts")
    }
  }

  @Test func widthsGoToTensorsBySizeAndSmallOnesStayWhole() {
    #expect(Sketch.widths(of: [100], width: 7) == [7])
    #expect(Sketch.widths(of: [100], width: 100) == [100])
    #expect(Sketch.widths(of: [3, 10_000, 2], width: 24) == [2, 20, 2])
    for counts in [[1], [5, 5, 5], [1_000_000, 1, 40_000, 64, 64], Array(repeating: 977, count: 50)] {
      let total = counts.reduce(0, +)
      for width in [counts.count, counts.count + 1, total / 2, total - 1, total] where counts.count...total ~= width {
        let widths = Sketch.widths(of: counts, width: width)
        #expect(widths.reduce(0, +) == width, "\(counts) in \(width)")
        #expect(zip(widths, counts).allSatisfy { $0 >= 1 && $0 <= $1 })
      }
    }
  }

  @Test(arguments: [
    (Sketch.width(0), "its width is 0: at least 1 is needed"),
    (.width(-3), "its width is -3: at least 1 is needed"),
    (.width(450), "its width is 450 for 449 parameters: store them whole"),
    (.width(2), "its width is 2 for 3 tensors: each needs a column at least"),
    (.share(0), "its share is 0.0: within (0, 1] is needed"),
    (.share(.nan), "its share is nan: within (0, 1] is needed"),
    (Sketch(.share(0.5), pilotRows: 0), "pilotRows is 0: at least 1 is needed"),
  ])
  func badSketchesAreRefusedInALine(sketch: Sketch, reason: String) throws {
    try withTemporaryDirectory { directory in
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = sketch; $0.sampledDraws = 3
        })
      #expect(throws: CaptureError.invalidSketch(reason)) {
        try recorder.capture(Scripted(tensors: Self.layouts), over: Scripted.batches(449), step: 0)
      }
      try recorder.finish()
    }
  }

  @Test func pilotsThatAreZeroAreRefusedInALine() throws {
    try withTemporaryDirectory { directory in
      var batches = Scripted.batches(449)
      for index in batches.indices { batches[index].samples = batches[index].samples.map { $0.map { _ in 0 } } }
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = .width(64); $0.sampledDraws = 3
        })
      #expect(
        throws: CaptureError.invalidSketch(
          "the 12 pilot rows are all zero, and rows are divided by their mean square")
      ) { try recorder.capture(Scripted(tensors: Self.layouts), over: batches, step: 0) }
      // The recorder goes on.
      try recorder.capture(Scripted(tensors: Self.layouts), over: Scripted.batches(449), step: 1)
      try recorder.finish()
      #expect(try names(in: directory).filter { $0.hasSuffix(".h5") } == ["step-00000001.h5"])
      #expect(throws: (any Error).self) {
        try recorder.observe(step: 2, batchSize: 1, loss: 1) { try $0.append([1]) }
      }
    }
  }

  /// Scales over the whole range of the numbers are divided out; D̂ keeps its digits at either end.
  @Test func rescalingAParameterChangesNothingButTheRawSketch() throws {
    try withTemporaryDirectory { directory in
      var scale = [Float](repeating: 1, count: 449)
      for index in scale.indices { scale[index] = [1e-30, 1, 1e25, 3e-7, 1e-36][index % 5] }
      var files: [Rows] = []
      for (index, scale) in [nil, scale].enumerated() {
        let recorder = try Recorder(
          directory: directory + "/\(index)",
          options: options {
            $0.sketch = .width(64); $0.sampledDraws = 3
          })
        try recorder.capture(
          Scripted(tensors: Self.layouts), over: Scripted.batches(449, scale: scale), step: 0)
        try recorder.finish()
        files.append(try Rows(directory + "/\(index)/step-00000000.h5"))
      }
      try Self.expect(files[1].gradients, files[0].gradients.map { $0.map(Double.init) }, within: 1e-6)
      try Self.expect(
        files[1].factors[.sampled], files[0].factors[.sampled]!.map { $0.map(Double.init) }, within: 1e-6)
    }
  }

  @Test func withoutFactorsGradientsArePilots() throws {
    try withTemporaryDirectory { directory in
      let batches = Scripted.batches(449, draws: 0)
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = Sketch(.width(64), pilotRows: 2); $0.factors = []
        })
      try recorder.capture(Scripted(tensors: Self.layouts), over: batches, step: 0)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      let header = try #require(rows.description.sketch?.header)
      #expect(header.pilotKind == .minibatch && header.pilotRowCount == 2)
      let expected = Self.expected(batches, pilots: 2, widths: header.widths, layouts: Self.layouts, seed: 0)
      try Self.expect(rows.gradients, expected.whitened)
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16, .float64]) func otherTypesHoldSketchesToo(type: ElementType) throws
  {
    try withTemporaryDirectory { directory in
      let batches = Scripted.batches(449)
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = .width(64); $0.sampledDraws = 3; $0.elementType = type
        })
      try recorder.capture(Scripted(tensors: Self.layouts), over: batches, step: 0)
      // What does not fit once it is added up.
      var large = batches
      large[1].gradient = large[1].gradient.map { $0 * 6e37 }
      #expect {
        try recorder.capture(Scripted(tensors: Self.layouts), over: large, step: 1)
      } throws: { error in
        "\(error)".hasPrefix("gradient of minibatch 1: tensor (its sketch) holds")
      }
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      let expected = Self.expected(
        batches, pilots: 64, widths: rows.description.sketch!.header.widths, layouts: Self.layouts, seed: 0)
      try Self.expect(rows.gradients, expected.whitened, within: type == .float64 ? 2e-6 : 0.01)
    }
  }

  /// A row that is not finite is left out with its squares, whole or of pilots.
  @Test func rowsThatAreNotFiniteAreLeftOut() throws {
    try withTemporaryDirectory { directory in
      var batches = Scripted.batches(449)
      let whole = [batches[0], batches[1], batches[3]]
      batches[2].gradient[7] = .nan
      batches[2].samples[0][3] = .infinity
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = .width(64); $0.sampledDraws = 3; $0.nonFinite = .leaveOut
        })
      try recorder.capture(Scripted(tensors: Self.layouts), over: batches, step: 0)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      let stored = try #require(rows.description.sketch)
      #expect(rows.gradients.count == 3 && rows.factors[.sampled]?.count == 9 && stored.header.pilotRowCount == 11)
      let expected = Self.expected(
        whole, pilots: 64, widths: stored.header.widths, layouts: Self.layouts, seed: 0)
      try Self.expect(rows.raw, expected.raw)
      for (found, other) in zip(stored.squares.gradients.raw, expected.squares.gradients.raw) {
        #expect(abs(found - other) < 1e-6 * other)
      }
    }
  }

  @Test func ranksThatSketchOtherwiseAreRefusedInALine() async throws {
    let directory = NSTemporaryDirectory() + "gradient-probe-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let errors = await withTaskGroup(of: String.self) { group in
      for rank in 0..<2 {
        group.addTask {
          let batches = Scripted.batches(449).map { batch in
            let range = rank == 0 ? 0..<143 : 143..<449
            return Scripted.Batch(
              gradient: Array(batch.gradient[range]), samples: batch.samples.map { Array($0[range]) })
          }
          do {
            let recorder = try Recorder(
              directory: directory,
              options: options {
                $0.shard = Shard(rank: rank, of: 2)
                $0.sketch = Sketch(.share(0.5), seed: UInt64(rank))
                $0.sampledDraws = 3
                $0.shardTimeout = 60
              })
            let layouts = rank == 0 ? [Self.layouts[0]] : Array(Self.layouts[1...])
            try recorder.capture(Scripted(tensors: layouts), over: batches, step: 0)
            try recorder.finish()
            return ""
          } catch {
            return "\(error)"
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.contains { $0.contains("rank 1 captured rows sketched otherwise than rank 0") }, "\(errors)")
    #expect(errors.allSatisfy { !$0.isEmpty && !$0.contains("\n") }, "\(errors)")
  }

  /// A model whose passes are awaited, of which each draw is asked for twice: as a pilot and to be kept.
  @Test(arguments: [nil, 5]) func asynchronousPassesAreSketchedAlike(pilots: Int?) async throws {
    final class Draws { var places: [UInt64: Int] = [:] }
    struct Awaited: AsyncLabelSamplingProbe {
      let tensors = SketchTests.layouts
      let draws = Draws()

      func batchSize(of batch: Scripted.Batch) -> Int { batch.size }

      nonisolated(nonsending)
        func gradient(over batch: Scripted.Batch, into gradient: inout GradientRow) async throws -> Double
      {
        await Task.yield()
        try gradient.writeAll(batch.gradient)
        return 1
      }

      nonisolated(nonsending)
        func sampledGradient(
          over batch: Scripted.Batch, using generator: inout SplitMix64, into gradient: inout GradientRow
        ) async throws
      {
        await Task.yield()
        // The generator tells which draw it is, since a minibatch's draws begin anew.
        var first = generator
        let number = first.next()
        _ = generator.next()
        let place = draws.places[number] ?? draws.places.count
        draws.places[number] = place
        try gradient.writeAll(batch.samples[place % batch.samples.count])
      }
    }
    let directory = NSTemporaryDirectory() + "gradient-probe-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let batches = Scripted.batches(449)
    let recorder = try Recorder(
      directory: directory,
      options: options {
        $0.sketch = Sketch(.width(64), pilotRows: pilots); $0.sampledDraws = 3
      })
    try await recorder.capture(Awaited(), over: batches, step: 0)
    try recorder.finish()
    let rows = try Rows(directory + "/step-00000000.h5")
    let header = try #require(rows.description.sketch?.header)
    #expect(header.pilotRowCount == pilots ?? 12)
    let expected = Self.expected(
      batches, pilots: pilots ?? 12, widths: header.widths, layouts: Self.layouts, seed: 0)
    try Self.expect(rows.raw, expected.raw)
    try Self.expect(rows.gradients, expected.whitened)
    try Self.expect(rows.factors[.sampled], expected.factors)
  }

  /// The first group's factor rows are pilots, as they are the Fisher's.
  @Test func groupsOfMinibatchesAreSketchedTogether() throws {
    try withTemporaryDirectory { directory in
      let batches = Scripted.batches(449)
      let recorder = try Recorder(
        directory: directory,
        options: options {
          $0.sketch = .width(64); $0.sampledDraws = 3
        })
      try recorder.capture(
        Scripted(tensors: Self.layouts), over: ["train": Array(batches[..<3]), "validation": Array(batches[3...])],
        step: 0)
      try recorder.finish()
      let rows = try Rows(directory + "/step-00000000.h5")
      let header = try #require(rows.description.sketch?.header)
      #expect(rows.gradients.count == 4 && rows.factors[.sampled]?.count == 9 && header.pilotRowCount == 9)
      let expected = Self.expected(
        batches, pilots: 9, widths: header.widths, layouts: Self.layouts, seed: 0)
      try Self.expect(rows.gradients, expected.whitened)
      try Self.expect(rows.raw, expected.raw)
    }
  }

  /// Every rank sketches its own parameters: what the shards hold adds up to the inner products of whole rows.
  @Test(arguments: ["tensors", "columns"]) func ranksSketchTheirOwn(content: String) async throws {
    let directory = NSTemporaryDirectory() + "gradient-probe-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let batches = Scripted.batches(449)
    let shards: [Shard] =
      content == "tensors"
      ? [Shard(rank: 0, of: 2, tensors: ["embed", "bias"]), Shard(rank: 1, of: 2, tensors: ["out"])]
      : [Shard(rank: 0, of: 2, columns: 201..<449), Shard(rank: 1, of: 2, columns: 0..<201)]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for shard in shards {
        group.addTask {
          var part = batches
          if content == "columns" {
            for index in part.indices {
              part[index].gradient = Array(part[index].gradient[shard.rank == 0 ? 201..<449 : 0..<201])
              part[index].samples = part[index].samples.map { Array($0[shard.rank == 0 ? 201..<449 : 0..<201]) }
            }
          } else {
            for index in part.indices {
              let range = shard.rank == 0 ? 0..<148 : 148..<449
              part[index].gradient = Array(part[index].gradient[range])
              part[index].samples = part[index].samples.map { Array($0[range]) }
            }
          }
          let recorder = try Recorder(
            directory: directory,
            options: options {
              $0.shard = shard; $0.sketch = .share(1); $0.sampledDraws = 3; $0.shardTimeout = 60
            })
          try recorder.capture(Scripted(tensors: Self.layouts), over: part, step: 0)
          try recorder.finish()
        }
      }
      try await group.waitForAll()
    }
    let rows = try Rows(directory + "/step-00000000.h5")
    let stored = try #require(rows.description.sketch)
    #expect(rows.description.shards?.count == 2 && stored.header.widths == Self.layouts.map(\.count))
    #expect(rows.description.parameterCount == 449 && stored.header.liveCount == 449)
    let expected = Self.expected(batches, pilots: 64, widths: stored.header.widths, layouts: Self.layouts, seed: 0)
    try Self.expect(rows.raw, expected.raw)
    try Self.expect(rows.gradients, expected.whitened)
    try Self.expect(rows.factors[.sampled], expected.factors)
    Self.expect(stored.squares.gradients, expected.squares.gradients)
    Self.expect(try #require(stored.squares.factors[.sampled]), expected.squares.factors[.sampled]!)
  }
}
