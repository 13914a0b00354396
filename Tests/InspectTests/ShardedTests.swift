import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// Sharded checkpoints through the command, beside the same numbers in one file.
@Suite("Sharded checkpoints are read as any other") struct ShardedTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static let columnCount = 40_000

  /// Cuts around the ends of tiles of 16,384 columns, of tensors, and of nothing.
  static let cuts: [[Int]] = [
    [16_384], [16_383], [16_385], [1, 39_999], [10_000, 32_768], [5_000, 12_345, 23_456, 23_457],
  ]

  private func ranges(_ cuts: [Int]) -> [Range<Int>] {
    let ends = cuts + [Self.columnCount]
    return zip([0] + cuts, ends).map { $0..<$1 }
  }

  /// Six minibatches and twelve factor rows of 40,000 columns in three tensors.
  private func writeWhole(_ type: ElementType = .float32, kinds: [FisherKind] = [.sampled], to path: String) throws {
    let header = CheckpointHeader(
      creator: "test", created: "2026-01-01T00:00:00Z", run: "a run", sequence: 0, step: 3, elementType: type,
      batchSizes: [4, 4, 4, 4, 4, 4],
      factors: kinds.map { FactorHeader(kind: $0, rowCount: 12, minibatches: (0..<12).map { $0 / 2 }) },
      tensors: [
        TensorLayout("a", shape: [100, 100]), TensorLayout("b", shape: [23_000]), TensorLayout("c", shape: [6, 1_000]),
        TensorLayout("d", shape: [1_000]),
      ]
      .columns, hasParameters: true)
    var writer = try CheckpointWriter(header, to: path)
    var generator = SplitMix64(seed: 3)
    func row() -> [Float] {
      (0..<Self.columnCount).map { Float(0.3 + generator.normal()) * Float(1 + $0 % 7) }
    }
    for index in 0..<6 { try writer.write(row().span, at: index, of: .gradients) }
    for kind in kinds {
      for index in 0..<12 { try writer.write(row().span, at: index, of: .factors(kind)) }
    }
    try writer.write(row().span, at: 0, of: .parameters)
    try writer.finish(losses: [1, 2, 3, 4, 5, 6])
  }

  /// All numbers of the report on `path`, by their paths.
  private func numbers(_ path: String, _ options: [String]) throws -> [String: Double] {
    let outcome = try InspectBinary.run([path, "--format", "json", "--no-cache"] + options)
    #expect(outcome.status == 0, "\(outcome.error)")
    var found: [String: Double] = [:]
    func collect(_ value: Any, _ path: String) {
      switch value {
      case let object as [String: Any]: for (key, value) in object { collect(value, path + "." + key) }
      case let list as [Any]: for (index, value) in list.enumerated() { collect(value, "\(path)[\(index)]") }
      case let number as NSNumber: found[path] = number.doubleValue
      default: break
      }
    }
    collect(try #require(outcome.json()["checkpoints"]), "")
    return found
  }

  private func expectSame(_ one: [String: Double], _ other: [String: Double]) {
    #expect(Set(one.keys) == Set(other.keys))
    let differences = one.filter { key, value in
      guard !key.contains("seconds"), !key.hasPrefix("[0].plan"), let found = other[key] else { return false }
      return abs(value - found) > max(1e-8, 1e-4 * abs(value))
    }
    #expect(differences.isEmpty, "\(differences.prefix(5)) \(differences.prefix(5).map { other[$0.key] ?? .nan })")
    #expect(one.count > 80)
  }

  @Test("with the same numbers, wherever they are cut", arguments: cuts)
  func same(cuts: [Int]) throws {
    try writeWhole(to: scratch("whole.h5"))
    try writeShards(of: scratch("whole.h5"), to: scratch("cut.h5"), columns: ranges(cuts).reversed())
    let options = ["--damping", "diagonal:0.1"]
    let cut = try numbers(scratch("cut.h5"), options)
    #expect(cut["[0].verified"] == 1)
    expectSame(try numbers(scratch("whole.h5"), options), cut)
  }

  @Test(
    "with every solver, tensor selection and storage type",
    arguments: [
      ["--solver", "gram"], ["--solver", "cg"], ["--solver", "primal", "--tensors", "d"], ["--tensors", "c"],
      ["--damping", "identity:0.1"], ["--damping", "auto"],
    ], [ElementType.float32, .float16, .bfloat16])
  func solvers(options: [String], type: ElementType) throws {
    try writeWhole(type, to: scratch("whole.h5"))
    try writeShards(of: scratch("whole.h5"), to: scratch("cut.h5"), columns: ranges([9_999, 16_385, 33_001]))
    expectSame(try numbers(scratch("whole.h5"), options), try numbers(scratch("cut.h5"), options))
  }

  @Test(
    "with factors of a file that is cut otherwise",
    arguments: [([20_000], [10_001, 30_000]), ([], [123]), ([123], [])] as [([Int], [Int])])
  func factors(own: [Int], others: [Int]) throws {
    try writeWhole(kinds: [], to: scratch("plain.h5"))
    try writeWhole(kinds: [.exact], to: scratch("factors.h5"))
    // θ is drawn last, so it is not the same in both.
    let gradients = own.isEmpty ? scratch("factors.h5") : scratch("own.h5")
    if !own.isEmpty { try writeShards(of: scratch("factors.h5"), to: gradients, columns: ranges(own)) }
    let lent = others.isEmpty ? scratch("factors.h5") : scratch("others.h5")
    if !others.isEmpty { try writeShards(of: scratch("factors.h5"), to: lent, columns: ranges(others)) }
    let options = ["--damping", "diagonal:0.1", "--fisher", "exact"]
    let found = try numbers(gradients, options + ["--factors", lent])
    #expect(found["[0].verified"] == 1)
    expectSame(try numbers(scratch("factors.h5"), options + ["--factors", scratch("factors.h5")]), found)
    // Damage to what is lent is found, though its tiles are not those of the gradients.
    let name = others.isEmpty ? lent : StoredShard.folder(of: lent) + "/" + StoredShard.name(0, of: others.count + 1)
    let matrices =
      try others.isEmpty
      ? CheckpointReader.describe(lent).matrices : ShardReader.open(name).description.matrices
    guard case .contiguous(let offset) = matrices[1].storage else { throw CocoaError(.coderReadCorrupt) }
    try flip(bit: 2, at: offset + 40, of: name)
    let outcome = try InspectBinary.run([gradients, "--no-cache", "--factors", lent] + options)
    #expect(outcome.status == 1 && outcome.error.contains("damaged"), "\(outcome.error)")
  }

  @Test("damage is found on the way and named by its shard", arguments: [[], ["--solver", "cg"], ["--tensors", "c"]])
  func damage(options: [String]) throws {
    try writeWhole(to: scratch("whole.h5"))
    try writeShards(of: scratch("whole.h5"), to: scratch("cut.h5"), columns: ranges([16_383]))
    let shard = StoredShard.folder(of: scratch("cut.h5")) + "/00001-of-00002.h5"
    let file = try ShardReader.open(shard)
    guard case .contiguous(let offset) = file.description.matrices[0].storage else {
      Issue.record("not contiguous")
      return
    }
    try flip(bit: 5, at: offset + 4 * (40_000 - 16_383) - 8, of: shard)
    let outcome = try InspectBinary.run([scratch("cut.h5"), "--no-cache"] + options)
    if options == ["--tensors", "c"] {
      // What is not read as whole tiles is not verified, as in one file.
      #expect(outcome.status == 0)
    } else {
      #expect(
        outcome.status == 1 && outcome.error.contains("\(shard): /gradients, row 0, columns 32767 to 39999: damaged"),
        "\(outcome.error)")
    }
    let validation = try InspectBinary.run(["validate", scratch("cut.h5")])
    #expect(
      validation.status == 1 && validation.output.contains("\(shard): fault: /gradients, row 0"), "\(validation.output)"
    )
  }

  @Test("validate names every shard that is wrong, and what is left over") func validate() throws {
    try FileManager.default.createDirectory(atPath: scratch("run"), withIntermediateDirectories: false)
    let path = scratch("run/step-00000030.h5")
    try writeSmallShards(to: path, columns: [0..<6, 6..<12, 12..<18])
    let folder = StoredShard.folder(of: path)
    let sound = try InspectBinary.run(["validate", path])
    #expect(sound.status == 0 && sound.output.contains("in 3 shards; all checksums match"), "\(sound.output)")
    #expect(sound.output.split(separator: "\n").filter { $0.contains(": sha256: ") }.count == 4)

    try Data("x".utf8).write(to: URL(filePath: folder + "/other"))
    try FileManager.default.createDirectory(
      atPath: scratch("run/step-00000031.shards.tmp"), withIntermediateDirectories: false)
    try FileManager.default.removeItem(atPath: folder + "/00000-of-00003.h5")
    try Data("x".utf8).write(to: URL(filePath: folder + "/00002-of-00003.h5"))
    let outcome = try InspectBinary.run(["validate", scratch("run")])
    #expect(outcome.status == 1)
    for line in [
      "\(folder)/00000-of-00003.h5: fault: no such file or directory",
      "\(folder)/00002-of-00003.h5: fault: not an HDF5 file",
      "\(folder)/other: note: \(path) does not list it", "step-00000031.shards.tmp: note: shards without an index",
    ] { #expect(outcome.output.contains(line), "\(line) is not in \(outcome.output)") }
    #expect(!outcome.output.contains("00001-of-00003.h5: fault"))
  }

  @Test("a missing shard is one line, and one file of a run costs no other") func missing() throws {
    try FileManager.default.createDirectory(atPath: scratch("run"), withIntermediateDirectories: false)
    try writeSmallShards(to: scratch("run/step-00000030.h5"), columns: [0..<9, 9..<18])
    var next = smallHeader()
    (next.step, next.sequence) = (40, 5)
    try writeSmallShards(next, to: scratch("run/step-00000040.h5"), columns: [0..<9, 9..<18])
    try FileManager.default.removeItem(atPath: scratch("run/step-00000030.shards/00001-of-00002.h5"))
    let outcome = try InspectBinary.run([scratch("run"), "--no-cache", "-q"])
    #expect(outcome.output.contains("step-00000040.h5"), "\(outcome.output)")
    #expect(outcome.error.split(separator: "\n").count == 1, "\(outcome.error)")
    #expect(outcome.error.contains("00001-of-00002.h5: no such file or directory"))
  }

  @Test("a shard given alone is told from a checkpoint") func alone() throws {
    try writeSmallShards(to: scratch("a.h5"), columns: [0..<9, 9..<18])
    let outcome = try InspectBinary.run([scratch("a.shards/00000-of-00002.h5")])
    #expect(outcome.status == 1 && outcome.error.contains("give the index, the .h5 file beside its folder"))
  }

  @Test("an audit of shards is never an old one's") func cache() throws {
    try writeSmallShards(to: scratch("a.h5"), columns: [0..<9, 9..<18])
    let environment = ["XDG_CACHE_HOME": scratch("cache")]
    #expect(try InspectBinary.run([scratch("a.h5")], environment: environment).status == 0)
    let shard = scratch("a.shards/00001-of-00002.h5")
    let place = try #require(
      try bytes(of: shard).range(of: smallRow(0, of: .gradients)[9...].withUnsafeBytes { Data($0) }))
    try flip(bit: 0, at: place.lowerBound, of: shard)
    let outcome = try InspectBinary.run([scratch("a.h5")], environment: environment)
    #expect(outcome.status == 1 && outcome.error.contains("damaged"))
  }
}
