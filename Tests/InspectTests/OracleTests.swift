import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// Every number of every fixture against the slow reference in float64.
@Suite("inspect agrees with the oracle")
struct OracleTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    let fisher: String
    let damping: String
    /// The group of the headline numbers and that of the Fisher.
    let groups: [String]
    let expected: URL
    var testDescription: String { ([file, fisher, damping] + groups).joined(separator: " ") }
  }

  static let cases: [Case] = {
    let directory = Fixture.directory.appendingPathComponent("expected")
    let files = try! FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    return files.sorted { $0.path < $1.path }.map { url in
      let parts = url.deletingPathExtension().lastPathComponent.components(separatedBy: "--")
      return Case(
        file: parts[0], fisher: parts[1], damping: parts[2].replacingOccurrences(of: "=", with: ":"),
        groups: Array(parts.dropFirst(3)), expected: url)
    }
  }()

  @Test("With the solver that the plan chooses", arguments: cases)
  func chosen(_ test: Case) throws { try compare(test, solver: "auto") }

  @Test(
    "With every solver",
    arguments: cases.filter { ["plain", "two-groups", "many-groups"].contains($0.file) && $0.fisher != "minibatch" },
    ["gram", "primal", "cg"])
  func each(_ test: Case, solver: String) throws { try compare(test, solver: solver) }

  @Test(
    "In shards",
    arguments: cases.filter { ["plain", "two-groups", "uneven-batches", "half", "bfloat16"].contains($0.file) })
  func sharded(_ test: Case) throws {
    let scratch = try Scratch()
    let whole = Fixture.path(test.file)
    let count = try CheckpointReader.describe(whole).parameterCount
    let path = scratch("step-00000000.h5")
    try writeShards(of: whole, to: path, columns: [(count / 3)..<(count - 1), (count - 1)..<count, 0..<(count / 3)])
    try compare(test, solver: "auto", path: path)
  }

  @Test("There is a case for every fixture")
  func complete() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixture.directory.path)
      .filter { $0.hasSuffix(".h5") }.map { String($0.dropLast(3)) }
    #expect(Set(files) == Set(Self.cases.map(\.file)))
  }

  private func compare(_ test: Case, solver: String, path: String? = nil) throws {
    let groups = test.groups.isEmpty ? [] : ["--reference", test.groups[0], "--fisher-group", test.groups[1]]
    let outcome = try InspectBinary.run(
      [
        path ?? Fixture.path(test.file), "--fisher", test.fisher, "--damping", test.damping, "--solver", solver,
        "--format",
        "json",
      ] + groups)
    #expect(outcome.status == 0, "\(outcome.error)")
    let checkpoints = try #require(try outcome.json()["checkpoints"] as? [[String: Any]])
    #expect(checkpoints.count == 1)
    let expected = try JSONSerialization.jsonObject(with: Data(contentsOf: test.expected))
    // What writes shards rounds θ to the type of the rows.
    let isRounded = path != nil && ["half", "bfloat16"].contains(test.file)
    let differences = Self.differences(expected, checkpoints.first, at: "").filter {
      !isRounded || !$0.hasPrefix(".related.parameters")
    }
    #expect(differences.isEmpty, "\(differences.prefix(5))")
  }

  /// Where `found` lacks something of `expected` or differs by more than 1e-5 relative and 1e-9 absolute. A difference of
  /// two numbers, which are of size `scale`, is as exact as they are.
  private static func differences(_ expected: Any, _ found: Any?, at path: String, scale: Double = 0) -> [String] {
    switch (expected, found) {
    case (let expected as [String: Any], let found as [String: Any]):
      let regret = (expected["regret"] as? [String: Any])?["value"] as? Double ?? 0
      return expected.sorted { $0.key < $1.key }.flatMap {
        differences(
          $0.value, found[$0.key], at: "\(path).\($0.key)", scale: $0.key.hasSuffix("excess") ? abs(regret) : scale)
      }
    case (let expected as [Any], let found as [Any]):
      guard expected.count == found.count else { return ["\(path): \(expected.count) and \(found.count) entries"] }
      return expected.indices.flatMap { differences(expected[$0], found[$0], at: "\(path)[\($0)]") }
    case (let expected as String, let found as String):
      return expected == found ? [] : ["\(path): \(expected) and \(found)"]
    case (is NSNull, is NSNull):
      return []
    case (let expected as NSNumber, let found as NSNumber):
      let (a, b) = (expected.doubleValue, found.doubleValue)
      let isClose = abs(a - b) <= max(1e-9, 1e-5 * max(scale, abs(a)))
      return isClose ? [] : ["\(path): \(a) and \(b)"]
    default:
      return ["\(path): \(expected) and \(found.map { "\($0)" } ?? "nothing")"]
    }
  }
}
