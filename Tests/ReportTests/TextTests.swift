import Checkpoint
import Regret
import Report
import Testing

@Suite("Text for people")
struct TextTests {
  /// Columns of a line without wide characters.
  private func columns(_ line: Substring) -> Int { line.count }

  @Test("fits the terminal, from 40 columns on", arguments: [40, 60, 79, 80, 81, 120, 200])
  func width(width: Int) throws {
    let run = try (0..<12).map { try Example.checkpoint(step: 10_000 * $0, seed: UInt64($0 + 1)) }
    for report in [Report(checkpoints: run), Report(checkpoints: [run[0]])] {
      for line in report.text(TextOptions(width: width)).split(separator: "\n") {
        #expect(columns(line) <= width, "\(line)")
      }
    }
  }

  @Test("no escape sequence unless colour is asked for")
  func colour() throws {
    let report = Report(checkpoints: [try Example.checkpoint()])
    #expect(!report.text(TextOptions(isColored: false)).contains("\u{1b}"))
    let colored = report.text(TextOptions(isColored: true))
    #expect(colored.contains("\u{1b}[1m"))
    #expect(colored.replacing(#/\u{1b}\[[0-9]+m/#, with: "") == report.text())
  }

  @Test("control characters of names never reach the terminal")
  func controls() throws {
    let evil = "w\u{1b}[2J\u{7}\u{9b}31m\u{202e}"
    let report = Report(checkpoints: [
      try Example.checkpoint(
        file: evil, run: evil, tensors: [.init(evil, shape: [4])], metrics: [evil: 1])
    ])
    let allowed = report.text().unicodeScalars.allSatisfy {
      $0 == "\n" || !($0.value < 0x20 || (0x7f...0x9f).contains($0.value) || $0.value == 0x202e)
    }
    #expect(allowed)
    #expect(report.text().contains("\\u{1b}"))
  }

  @Test("an infinite metric is shown as such, unlike one that is missing or no number")
  func infinite() throws {
    let report = Report(checkpoints: [
      try Example.checkpoint(metrics: ["above": .infinity, "below": -.infinity, "none": .nan])
    ])
    let lines = report.text().split(separator: "\n").map { $0.split(separator: " ") }
    for (name, shown) in [("above", "∞"), ("below", "−∞"), ("none", "–")] {
      #expect(lines.contains { $0.first == name[...] && $0.last == shown[...] }, "\(name)")
    }
    for (name, field) in [("above", "inf"), ("below", "-inf"), ("none", "")] {
      #expect(report.csv.contains(",metrics.\(name),\(field),,,\n"))
    }
  }

  @Test("columns stay aligned under wide names")
  func wideNames() throws {
    let names = ["重み", "вес", "e\u{301}tat", "plain"]
    let report = Report(checkpoints: [
      try Example.checkpoint(tensors: names.map { TensorLayout($0, shape: [6]) })
    ])
    let lines = report.text().split(separator: "\n")
    // Two columns a character for the first, one for each base letter of the others.
    let ends = names.compactMap { name in
      lines.first { $0.hasPrefix("  " + name + " ") }.map { line in
        name.count * (name == "重み" ? 2 : 1)
          + line.dropFirst(2 + name.count).prefix { !("▁"..."█").contains($0) && !("█"..."▏").contains($0) }.count
      }
    }
    #expect(ends.count == names.count)
    #expect(Set(ends).count == 1, "\(ends)")
  }

  @Test("names the tensor that carries most first")
  func carriers() throws {
    let report = try Example.checkpoint()
    let largest = try #require(report.audit.tensors?.max { ($0.kl?.value ?? 0) < ($1.kl?.value ?? 0) })
    let text = Report(checkpoints: [report]).text()
    let first = text.split(separator: "\n").drop { !$0.hasPrefix("Which tensors") }.dropFirst(2).first
    #expect(first?.contains(largest.name) == true)
  }
}
