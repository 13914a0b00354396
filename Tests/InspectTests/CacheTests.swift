import Foundation
import TestSupport
import Testing

@Suite("Audits done before") struct CacheTests {
  let scratch: Scratch
  var entries: String { scratch("cache") + "/gradient-probe/audits" }

  init() throws { scratch = try Scratch() }

  private func report(_ arguments: [String], cache: String? = nil) throws -> String {
    let outcome = try InspectBinary.run(
      arguments + ["--format", "json"], environment: ["XDG_CACHE_HOME": cache ?? scratch("cache")])
    #expect(outcome.status == 0, "\(outcome.error)")
    return outcome.output
  }

  private func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: entries)) ?? []).sorted()
  }

  @Test("say the same to the byte as one that is done anew")
  func same() throws {
    let files = [Fixture.path("plain"), Fixture.path("uneven-batches")]
    let first = try report(files)
    #expect(!names().isEmpty && names().allSatisfy { $0.hasSuffix(".plist") })
    let kept = names()
    #expect(try report(files) == first && names() == kept)
    #expect(try report(files + ["--no-cache"]) == first)
    let compared = try report(["compare"] + files)
    #expect(try report(["compare"] + files) == compared)
    #expect(try report(["compare", "--no-cache"] + files) == compared)
  }

  @Test("are of one content and one set of options")
  func keys() throws {
    let path = scratch("file.h5")
    try FileManager.default.copyItem(atPath: Fixture.path("plain"), toPath: path)
    let plain = try report([path, "--damping", "diagonal:0.3"])
    let others = try [["--damping", "diagonal:0.4"], ["--fisher", "sampled"], ["--tensors", "hidden.*"]].map {
      try report([path] + $0)
    }
    #expect(Set(others + [plain]).count == 4)
    #expect(names().count == 4)
    // Another file under the same name.
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: Fixture.path("uneven-batches"), toPath: path)
    let other = try report([path, "--damping", "diagonal:0.3"])
    #expect(other != plain)
    #expect(try report([path, "--damping", "diagonal:0.3", "--no-cache"]) == other)
  }

  @Test("are done anew where they cannot be read, and nothing is kept where nothing can be written")
  func damaged() throws {
    let file = Fixture.path("plain")
    let first = try report([file])
    for name in names() {
      let path = entries + "/" + name
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try Data(whole.prefix(whole.count / 2)).write(to: URL(fileURLWithPath: path))
    }
    #expect(try report([file]) == first)
    #expect(try report([file]) == first)
    for place in ["/dev/null", "relative"] { #expect(try report([file], cache: place) == first) }
    try FileManager.default.removeItem(atPath: entries)
    #expect(try report([file, "--no-cache"]) == first)
    #expect(names().isEmpty)
  }
}
