import Foundation
import Testing

extension Tag {
  @Tag static var documentation: Self
}

/// The code of an article, and the files in which it is compiled.
private enum Article {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized

  /// The blocks of Swift in the article `name`.
  static func blocks(of name: String) throws -> [[String]] {
    let path = root.appending(path: "Sources/GradientProbe/GradientProbe.docc/\(name).md")
    var blocks: [[String]] = []
    var isInside = false
    for line in try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n") {
      switch (isInside, line) {
      case (false, "```swift"):
        isInside = true
        blocks.append([])
      case (true, "```"): isInside = false
      case (true, _): blocks[blocks.count - 1].append(line)
      default: break
      }
    }
    return blocks
  }

  /// Code that is compiled, file by file, without indentation.
  static func sources() throws -> [String: [String]] {
    var sources: [String: [String]] = [:]
    for folder in ["Tests/GradientProbeTests/Attach", "samples/autodiff", "samples/sketch"] {
      let directory = root.appending(path: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
      where name.hasSuffix(".swift") && !name.hasSuffix("Tests.swift") {
        sources["\(folder)/\(name)"] = lines(
          try String(contentsOf: directory.appending(path: name), encoding: .utf8).components(separatedBy: "\n"))
      }
    }
    return sources
  }

  /// Lines without indentation, and without empty ones.
  static func lines(_ text: [String]) -> [String] {
    text.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The parts of `block` that empty lines separate.
  static func parts(of block: [String]) -> [[String]] { block.split(separator: "").map { lines(Array($0)) } }

  /// Whether `parts` stand in `source`, one behind the other, each without a gap.
  static func holds(_ source: [String], _ parts: [[String]]) -> Bool {
    var start = 0
    for part in parts {
      guard let found = (start..<source.count).first(where: { source[$0...].starts(with: part) }) else { return false }
      start = found + part.count
    }
    return true
  }
}

@Suite("Code in the article on loops", .tags(.documentation)) struct ArticleTests {
  @Test("is compiled, line by line, but for that of Apple's machines") func everyBlockIsCompiled() throws {
    let sources = try Article.sources()
    let blocks = try Article.blocks(of: "AttachToYourLoop")
    #expect(blocks.count > 10)
    for block in blocks where !block.contains("import MLX") {
      let isCompiled = sources.values.contains { Article.holds($0, Article.parts(of: block)) }
      #expect(isCompiled, "in no file that is compiled:\n\(block.joined(separator: "\n"))")
    }
    #expect(blocks.count { $0.contains("import MLX") } == 1)
  }

  @Test("is told from code that differs by a word, lacks a line or has another order")
  func comparisonFails() {
    let source = Article.lines(["func f() {", "  a()", "", "  b()", "}", "", "c()"])
    #expect(Article.holds(source, [["func f() {", "a()"], ["c()"]]))
    for parts in [[["a(1)"]], [["func f() {", "b()"]], [["c()"], ["a()"]], [["a()"], ["a()"]]] {
      #expect(!Article.holds(source, parts))
    }
  }
}
