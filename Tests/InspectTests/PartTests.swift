import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("Parts of a run, and what is merged from them") struct PartTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Makes `count` parts of `paths` and returns their names.
  private func parts(_ count: Int, of paths: [String], _ options: [String] = [], name: String = "part") throws
    -> [String]
  {
    try (1...count).map { number in
      let path = scratch("\(name)-\(number).h5")
      let outcome = try InspectBinary.run(["partial"] + paths + ["--part", "\(number)/\(count)", "-o", path] + options)
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
      return path
    }
  }

  private func merged(_ parts: [String]) throws -> String {
    let outcome = try InspectBinary.run(["merge", "--format", "json", "-q"] + parts)
    #expect(outcome.status == 0, "\(outcome.error)")
    return outcome.output
  }

  private func whole(_ paths: [String], _ options: [String] = []) throws -> String {
    try InspectBinary.run(paths + ["--format", "json", "-q", "--no-cache"] + options).output
  }

  static let fixtures = [
    "plain", "two", "two-groups", "many-groups", "bfloat16", "half", "double", "chunked-gzip", "gradients-only",
    "no-minibatch-ids", "uneven-batches", "rescaled",
  ]

  @Test("say what the file says, to the last digit", arguments: fixtures)
  func fixture(name: String) throws {
    let file = Fixture.path(name)
    #expect(try merged(parts(3, of: [file]).reversed()) == whole([file]))
  }

  static let options: [[String]] = [
    ["--damping", "identity:0.1"], ["--damping", "none"],
    ["--damping", "diagonal:0.3", "--measures", "regret,tensors"],
    ["--fisher", "minibatch"], ["--tensors", "b", "--tensors", "d"], ["--solver", "gram"], ["--solver", "primal"],
    ["--measures", "all"],
  ]

  @Test("go with any options, and carry them", arguments: options)
  func carried(options: [String]) throws {
    try writeWide(to: scratch("wide.h5"))
    let solver = options.contains("primal") ? ["--tensors", "e"] : []
    let found = try merged(parts(2, of: [scratch("wide.h5")], options + solver))
    #expect(try found == whole([scratch("wide.h5")], options + solver))
    #expect(found.contains("\"kl\""))
  }

  @Test("are of as many shares as one likes, one file or many", arguments: [1, 2, 3, 4, 7])
  func counts(count: Int) throws {
    try writeWide(to: scratch("wide.h5"))
    try writeShards(
      of: scratch("wide.h5"), to: scratch("cut.h5"), columns: [0..<10_000, 30_000..<40_100, 10_000..<30_000])
    #expect(try merged(parts(count, of: [scratch("wide.h5")])) == whole([scratch("wide.h5")]))
    #expect(try merged(parts(count, of: [scratch("cut.h5")], name: "cut")) == whole([scratch("cut.h5")]))
  }

  @Test("are of a whole run, at one ρ for all, with its exports and parts beside it")
  func run() throws {
    let run = scratch("run")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    for step in 1...3 { try writeWide(step: step, to: run + "/step-\(step).h5") }
    let names = try (1...2).map { number in
      let path = run + "/part-\(number).h5"
      let outcome = try InspectBinary.run(["partial", run, "--part", "\(number)/2", "-o", path])
      #expect(outcome.status == 0, "\(outcome.error)")
      return path
    }
    let found = try merged(names)
    for name in names { try FileManager.default.removeItem(atPath: name) }
    #expect(try found == whole([run]))
  }

  @Test("take factors from another file")
  func borrowed() throws {
    try writeWide(to: scratch("wide.h5"))
    try writeWide(kinds: [], to: scratch("bare.h5"))
    // Tiles of the other file's rows begin where its shards do.
    try writeShards(of: scratch("wide.h5"), to: scratch("cut.h5"), columns: [0..<10_000, 10_000..<40_100])
    for (name, factors) in [("one", scratch("wide.h5")), ("cut", scratch("cut.h5"))] {
      let options = ["--factors", factors]
      let found = try merged(parts(2, of: [scratch("bare.h5")], options, name: name))
      #expect(try found == whole([scratch("bare.h5")], options))
    }
  }

  @Test("stand without the file, and make pages and gates as ever")
  func moved() throws {
    try writeWide(to: scratch("wide.h5"))
    let names = try parts(2, of: [scratch("wide.h5")])
    let page = try InspectBinary.run([scratch("wide.h5"), "--format", "html", "-q", "--no-cache"]).output
    try FileManager.default.removeItem(atPath: scratch("wide.h5"))
    #expect(try InspectBinary.run(["merge", "--format", "html", "-q"] + names).output == page)
    #expect(try InspectBinary.run(["merge", "-q", "--fail-above", "euclidean.regret=0"] + names).status == 2)
  }

  @Test("that are there already are not made again, and nothing else is replaced")
  func resumed() throws {
    try writeWide(to: scratch("wide.h5"))
    let names = try parts(2, of: [scratch("wide.h5")])
    let before = try bytes(of: names[0])
    func make(_ options: [String]) throws -> (status: Int32, error: String) {
      let outcome = try InspectBinary.run(["partial", scratch("wide.h5"), "-o", names[0]] + options)
      return (outcome.status, outcome.error)
    }
    let again = try make(["--part", "1/2"])
    #expect(again.status == 0 && again.error == "\(names[0]): part 1 of 2 is there already\n")
    for options in [
      ["--part", "2/2"], ["--part", "1/3"], ["--part", "1/2", "--damping", "none"], ["--part", "1/2", "--double"],
    ] where options.last != "--double" {
      let other = try make(options)
      #expect(other.status == 1 && other.error == "\(names[0]): there is a file of that name already\n")
    }
    #expect(try bytes(of: names[0]) == before)
  }

  @Test("that are missing, doubled or foreign are named, and nothing is reported")
  func sets() throws {
    try writeWide(to: scratch("wide.h5"))
    try writeWide(step: 2, to: scratch("other.h5"))
    let three = try parts(3, of: [scratch("wide.h5")])
    let two = try parts(2, of: [scratch("wide.h5")], name: "two")
    let none = try parts(3, of: [scratch("wide.h5")], ["--damping", "none"], name: "none")
    let other = try parts(3, of: [scratch("other.h5")], name: "other")
    func refused(_ parts: [String], _ words: String...) throws {
      let outcome = try InspectBinary.run(["merge"] + parts)
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      #expect(outcome.error.filter { $0 == "\n" }.count == 1)
      for word in words { #expect(outcome.error.contains(word), "\(outcome.error)") }
    }
    try refused([three[0], three[2]], "missing: 2")
    try refused([three[1]], "2 are missing: 1, 3")
    try refused(three + [three[1]], three[1], "part 2 of 3")
    try refused([three[0], three[1], two[1]], two[1], "one of 2, not of 3")
    try refused([three[0], none[1], three[2]], none[1], "other options")
    try refused([three[0], three[1], other[2]], other[2], "step 2")
    try refused([three[0], three[1], scratch("wide.h5")], scratch("wide.h5"), "no part of sums")
    try refused([three[0], three[1], scratch("nothing.h5")], scratch("nothing.h5"), "no such file")
    let usual = try InspectBinary.run([three[0]])
    #expect(usual.status == 1 && usual.error.contains("part of sums"))
  }

  @Test("of a file that changed in between do not go together")
  func changed() throws {
    try writeWide(to: scratch("wide.h5"))
    let first = try parts(2, of: [scratch("wide.h5")])[0]
    try FileManager.default.removeItem(atPath: scratch("wide.h5"))
    try writeWide(seed: 4, to: scratch("wide.h5"))
    let second = try parts(2, of: [scratch("wide.h5")], name: "new")[1]
    let outcome = try InspectBinary.run(["merge", first, second])
    #expect(outcome.status == 1 && outcome.error.contains("was another file when it was read"))
  }

  @Test("of damaged rows are not written, and only those")
  func damagedRows() throws {
    try writeWide(to: scratch("wide.h5"))
    let checkpoint = try CheckpointReader.open(scratch("wide.h5"))
    guard case .contiguous(let offset) = checkpoint.description.gradients.storage else { return }
    try flip(bit: 3, at: offset + 4 * 35_000, of: scratch("wide.h5"))
    let outcomes = try (1...2).map {
      try InspectBinary.run(["partial", scratch("wide.h5"), "--part", "\($0)/2", "-o", scratch("p-\($0).h5")])
    }
    #expect(outcomes[0].status == 0)
    #expect(outcomes[1].status == 1 && outcomes[1].error.contains("/gradients, row 0, columns 32768 to"))
    #expect(!FileManager.default.fileExists(atPath: scratch("p-2.h5")))
  }

  @Test("that were damaged say so, whichever bit it is")
  func flipped() throws {
    try writeWide(to: scratch("wide.h5"))
    let names = try parts(2, of: [scratch("wide.h5")])
    let expected = try merged(names)
    let size = try bytes(of: names[0]).count
    for place in 0..<40 {
      let offset = place < 20 ? place * 97 : place * (size / 40)
      try flip(bit: place % 8, at: offset, of: names[0])
      let outcome = try InspectBinary.run(["merge", "--format", "json", "-q"] + names)
      // Where HDF5 keeps what nobody reads, nothing changes.
      let isSame = outcome.status == 0 && outcome.output == expected
      let isTold = outcome.status == 1 && outcome.error.filter { $0 == "\n" }.count == 1
      #expect(isSame || isTold, "byte \(offset): \(outcome.status) \(outcome.error)")
      try flip(bit: place % 8, at: offset, of: names[0])
    }
  }

  /// Changes of a header that are wrong in what they say, not in how they are written.
  static let lies: [(String, String)] = [
    ("\"rowCount\":6", "\"rowCount\":1099511627775"), ("\"rowCount\":12", "\"rowCount\":16777217"),
    ("\"rowCount\":12", "\"rowCount\":-1"), ("\"columnCount\":40100", "\"columnCount\":9007199254740993"),
    ("\"factorCount\":12", "\"factorCount\":1099511627776"), ("\"factorCount\":12", "\"factorCount\":-12"),
    ("\"gradientCount\":6", "\"gradientCount\":7"), ("\"keptCount\":0", "\"keptCount\":1152921504606846976"),
    ("\"start\":0", "\"start\":-8"), ("\"start\":0", "\"start\":9223372036854775807"),
    ("\"isWhitened\":true", "\"isWhitened\":false"), ("\"step\":1", "\"step\":-1"),
    ("\"offset\":10000", "\"offset\":9999"), ("\"columns\":[0,", "\"columns\":[-5,"),
    ("\"batchSizes\":[4,4,4,4,4,4]", "\"batchSizes\":[4,4,4]"), ("\"digests\":[", "\"digests\":[1,"),
    ("\"number\":1", "\"number\":2"), ("\"index\":0", "\"index\":77"), ("\"minibatches\":[", "\"minibatches\":[99,"),
  ]

  @Test("that lie are refused in one line", arguments: lies)
  func forged(honest: String, lie: String) throws {
    try writeWide(to: scratch("wide.h5"))
    let names = try parts(2, of: [scratch("wide.h5")])
    let part = try PartReader(names[0]).description
    let all = try bytes(of: names[0])
    let header = String(decoding: all[part.header], as: UTF8.self)
    let changed = header.replacingOccurrences(of: honest, with: lie)
    try #require(changed != header)
    let spool = try NumberSpool(for: scratch("forged.h5"))
    let numbers = all[part.numberOffset..<(part.numberOffset + part.numberCount * 8)].withUnsafeBytes {
      Array($0.bindMemory(to: Double.self))
    }
    _ = try spool.add(numbers)
    let forged = scratch("forged.h5")
    try PartWriter.write(
      header: Array(changed.utf8), numbers: spool, part: 1, of: 2, creator: "test", to: forged)
    let outcome = try InspectBinary.run(["merge", forged, names[1]])
    #expect(outcome.status == 1, "\(outcome.output.prefix(300))")
    #expect(outcome.error.filter { $0 == "\n" }.count == 1, "\(outcome.error)")
    #expect(outcome.error.utf8.count < 1_000)
  }

  @Test(
    "are asked for in words that make sense",
    arguments: [
      ["--part", "0/4", "-o", "p.h5"], ["--part", "5/4", "-o", "p.h5"], ["--part", "1", "-o", "p.h5"],
      ["--part", "1/0", "-o", "p.h5"], ["--part", "1/99999999", "-o", "p.h5"], ["--part", "1/2"],
      ["--part", "1/2", "-o", "p.txt"], ["--part", "1/2", "-o", "p.h5", "--leave-out-non-finite"],
    ])
  func usage(options: [String]) throws {
    #expect(try InspectBinary.run(["partial", Fixture.path("plain")] + options).status == 64)
  }

  @Test("cannot be made by conjugate gradients, nor of what is no checkpoint")
  func impossible() throws {
    for (path, options, words) in [
      (Fixture.path("plain"), ["--solver", "cg"], "solver cg"), (scratch("nothing.h5"), [], "no such file"),
      (Fixture.path("plain"), ["-o", "/nowhere/p.h5"], "no such file"),
    ] as [(String, [String], String)] {
      let output = options.contains("-o") ? [] : ["-o", scratch("p.h5")]
      let outcome = try InspectBinary.run(["partial", path, "--part", "1/2"] + output + options)
      #expect(outcome.status == 1 && outcome.error.lowercased().contains(words), "\(outcome.error)")
      #expect(outcome.error.filter { $0 == "\n" }.count == 1)
    }
  }
}
