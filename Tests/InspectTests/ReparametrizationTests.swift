import Foundation
import Testing

/// `plain` and `rescaled` are the same network under another parametrisation.
@Suite("The same function, other parameters")
struct ReparametrizationTests {
  @Test("KL numbers stay under diagonal damping, Euclidean ones do not", arguments: ["auto", "diagonal:0.1"])
  func rescaled(damping: String) throws {
    func checkpoint(_ name: String) throws -> [String: Any] {
      let outcome = try InspectBinary.run([Fixture.path(name), "--damping", damping, "--format", "json"])
      return try #require((try outcome.json()["checkpoints"] as? [[String: Any]])?.first)
    }
    let (plain, rescaled) = (try checkpoint("plain"), try checkpoint("rescaled"))
    let numbers = (Self.numbers(plain["kl"]), Self.numbers(rescaled["kl"]))
    #expect(numbers.0.count > 20)
    #expect(Set(numbers.0.keys) == Set(numbers.1.keys))
    for (path, value) in numbers.0 {
      let other = try #require(numbers.1[path])
      #expect(abs(other - value) <= max(1e-9, 1e-5 * abs(value)), "\(path)")
    }
    let key = ".regret.value"
    let euclidean = try #require(Self.numbers(plain["euclidean"])[key])
    let moved = try #require(Self.numbers(rescaled["euclidean"])[key])
    #expect(max(moved / euclidean, euclidean / moved) > 1.5)
  }

  /// All numbers below `object` by their paths.
  private static func numbers(_ object: Any?, at path: String = "") -> [String: Double] {
    switch object {
    case let object as [String: Any]:
      return object.reduce(into: [:]) { $0.merge(numbers($1.value, at: "\(path).\($1.key)")) { a, _ in a } }
    case let number as NSNumber: return [path: number.doubleValue]
    default: return [:]
    }
  }
}
