import Checkpoint
import Foundation
import Regret
import Testing

@testable import Report

@Suite("Runs in reports")
struct RunReportTests {
  static func run(_ options: [AuditOptions] = [.init(), .init(), .init()], minibatches: [Int]? = nil) throws -> Report {
    Report(
      checkpoints: try options.enumerated().map { index, options in
        try Example.checkpoint(
          file: "run/step-\(index).h5", step: 10 * index, seed: UInt64(index + 1),
          minibatches: minibatches?[index] ?? 8,
          options: options)
      })
  }

  @Test("the share stands first over the steps, with its interval, in every format")
  func shareFirst() throws {
    let report = try Self.run()
    let audit = report.checkpoints[2].audit
    let ball = StepMeasures(report.checkpoints).ball
    let cosine = try #require(audit.measures(ball)?.cosine)
    let interval = try #require(cosine.interval)
    let text = report.text(TextOptions(width: 200))
    let header = try #require(text.split(separator: "\n").first { $0.contains(" step ") && $0.contains("regret") })
    let names = header.split(separator: "  ", omittingEmptySubsequences: true).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(Array(names.prefix(3)) == ["step", "share", "regret"])
    #expect(text.contains(cosine.percentText))
    let html = report.html
    let table = try #require(html.components(separatedBy: "<h2>All checkpoints</h2>").last)
    let at = (share: table.range(of: ">share<"), regret: table.range(of: ">regret<"))
    let (share, regret) = (try #require(at.share), try #require(at.regret))
    #expect(share.lowerBound < regret.lowerBound)
    #expect(report.charts.map(\.name).prefix(2) == [.share, .regret])
    let row = ",\(ball.rawValue).cosine,\(cosine.value),\(cosine.standardError!),\(interval.low),\(interval.high!)\n"
    #expect(report.csv.contains(row))
    #expect(report.checkpoints[2].line.contains("share \(cosine.percentText)"))
  }

  @Test("no colour says that more or less is good")
  func noJudgement() throws {
    let text = try Self.run().text(TextOptions(isColored: true))
    #expect(!text.contains("\u{1b}[31m") && !text.contains("\u{1b}[32m"))
  }

  @Test(
    "what not all checkpoints have in common is told of the run, in its row and at its point",
    arguments: [
      ([AuditOptions(damping: .diagonal(0.3)), AuditOptions(damping: .diagonal(0.1))], [8, 8], "damping", "ρ = 0.3"),
      (
        [AuditOptions(damping: .diagonal(0.1)), AuditOptions(damping: .diagonal(0.1))], [10, 8], "minibatches",
        "10 mini"
      ),
      (
        [AuditOptions(fisher: .minibatch, damping: .diagonal(0.1)), AuditOptions(damping: .diagonal(0.1))], [8, 8],
        "fisher", "minibatch Fisher"
      ),
    ])
  func differences(options: [AuditOptions], minibatches: [Int], code: String, words: String) throws {
    let report = try Self.run(options, minibatches: minibatches)
    #expect(report.differences.map { $0.map(\.code) } == [[code], []])
    #expect(
      RunTrust(report).lines.contains { $0.isWarning && $0.text.hasPrefix("At step 0: ") && $0.text.contains(words) })
    let lines = report.text(TextOptions(width: 200)).split(separator: "\n")
    #expect(lines.contains { $0.trimmingPrefix { $0 == " " }.hasPrefix("0 ") && $0.contains(words) })
    let chart = try #require(report.chart(.share)).svg
    #expect(chart.contains("class=\"ring") && chart.contains(words))
    #expect(report.json.value(at: "checkpoints.0.differs_in") == .array([.string(code)]))
    #expect(report.json.value(at: "checkpoints.1.differs_in") == .array([]))
    let alike = try Self.run([AuditOptions(damping: .diagonal(0.1)), AuditOptions(damping: .diagonal(0.1))])
    #expect(alike.differences.allSatisfy { $0.isEmpty })
    let plain = try #require(alike.chart(.share)).svg
    #expect(!plain.contains("class=\"ring"))
  }

  @Test("a warning of any checkpoint is told, with where it holds")
  func warnings() throws {
    var report = try Self.run([AuditOptions](repeating: AuditOptions(damping: .diagonal(0.1)), count: 3))
    for index in report.checkpoints.indices { report.checkpoints[index].audit.warnings = [] }
    #expect(RunTrust(report).lines.first?.kind == .fine)
    report.checkpoints[0].audit.warnings = [AuditWarning(code: "early", message: "only at the start")]
    for index in 0..<3 {
      report.checkpoints[index].audit.warnings.append(AuditWarning(code: "each", message: "number \(index)"))
    }
    let lines = RunTrust(report).lines.filter(\.isWarning).map(\.text)
    // The checkpoint in detail speaks for all that say the same, and its own come first.
    #expect(lines == ["At all 3 checkpoints: number 2", "At step 0: only at the start"])
    for text in [report.text(), report.html] { #expect(text.contains("At step 0: only at the start")) }
    report.checkpoints[1].isVerified = true
    #expect(RunTrust(report).lines.contains { $0.text.hasPrefix("At steps 0 and 20: ") })
    let alone = Report(checkpoints: [report.checkpoints[0]])
    #expect(RunTrust(alone).lines.map(\.text).first == "only at the start")
  }

  @Test("the noise scale is told as a size of minibatches")
  func noise() throws {
    var checkpoint = try Example.checkpoint(kind: nil)
    checkpoint.audit.kl = nil
    func words(_ scale: Estimate?) -> String {
      checkpoint.audit.euclidean?.noiseScale = scale
      return Wording(checkpoint).noise ?? ""
    }
    #expect(
      words(Estimate(value: 1038, standardError: 200, interval: .init(low: 602, high: 1789))).contains(
        "up to about B = 1,000 examples (the noise scale in the Euclidean ball; 95% from 600 to 1,800); these have 32.")
    )
    #expect(
      words(Estimate(value: 90, standardError: 80, interval: .init(low: 12.4, high: nil))).contains("at least B = 12,"))
    #expect(words(Estimate(value: 90, standardError: nil)).contains("about B = 90 examples; these have 32."))
    #expect(words(nil).contains("can't be told"))
    checkpoint.audit.euclidean = nil
    #expect(Wording(checkpoint).noise == nil)
  }

  @Test(
    "the first sentence says where its interval holds 0",
    arguments: [(-0.1, 0.3, true), (0, 0.3, true), (0.01, 0.3, false), (-0.4, -0.1, false)])
  func chance(low: Double, high: Double, isSaid: Bool) throws {
    var checkpoint = try Example.checkpoint(kind: nil)
    checkpoint.audit.kl = nil
    checkpoint.audit.euclidean?.cosine = Estimate(
      value: (low + high) / 2, standardError: 0.1, interval: .init(low: low, high: high))
    #expect(Wording(checkpoint).headline.contains("No agreement can be told from chance.") == isSaid)
    #expect(
      Wording(checkpoint).headline.contains(
        "± \(NumberText.withError(0, 50 * (high - low)).split(separator: " ").last!)%"))
  }

  @Test("one ball is told of a run: the most trustworthy that all its checkpoints have")
  func sharedBall() throws {
    var report = try Self.run()
    for index in 0..<3 { report.checkpoints[index].audit.kl?.estimate?.shortcoming = nil }
    let all = report.checkpoints.map(\.audit)
    #expect(Ball(sharedBy: all) == .estimate)
    report.checkpoints[1].audit.kl?.estimate?.shortcoming = .fewFactors
    #expect(Ball(sharedBy: report.checkpoints.map(\.audit)) == .heldOut)
    report.checkpoints[0].audit.kl?.heldOut = nil
    #expect(Ball(sharedBy: report.checkpoints.map(\.audit)) == .inSample)
    report.checkpoints[2].audit.kl = nil
    #expect(Ball(sharedBy: report.checkpoints.map(\.audit)) == .euclidean)
    #expect(Ball(sharedBy: []) == .euclidean)
  }
}

@Suite("Tables in terminals")
struct TextTableTests {
  @Test("are broken between columns, the first again, and lose pictures before numbers", arguments: 8...40)
  func parts(width: Int) {
    var table = TextTable([.left, .right, .left, .right, .left])
    table.unbreakable = [2]
    table.dispensable = [4]
    table.add("name", "number", "↑", "other", "█████")
    table.add("a", "1.25", "·", "7", "██")
    var options = TextOptions()
    options.width = width
    let parts = table.parts(options, indent: "")
    for part in parts {
      #expect(part[0].hasPrefix("name") && part[1].hasPrefix("a"))
      // The first column and one block stay together, however narrow the terminal is.
      #expect(part.allSatisfy { $0.count <= max(width, 15) })
    }
    let text = parts.joined().joined(separator: "\n")
    for number in ["1.25", "7", "↑", "·"] { #expect(text.contains(number)) }
    #expect(text.contains("█") == (width >= 29 || (18...21).contains(width)))
    #expect(parts.count == (width >= 22 ? 1 : 2))
  }
}
