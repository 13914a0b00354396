import Checkpoint
import Foundation
import Regret
import Report
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Pages, figures and tables of numbers")
struct PageTests {
  private func run(_ names: [String] = ["hidden.weight", "output.bias"], file: String = "run/a.h5") throws -> Report {
    let tensors = names.map { TensorLayout($0, shape: [6]) }
    let checkpoints = try (0..<6).map { index -> CheckpointReport in
      let loss = 1 / Double(index + 1)
      return try Example.checkpoint(
        file: file, step: index * 100, seed: UInt64(index + 1), tensors: tensors,
        metrics: ["train_loss": loss, "validation_loss": 1.1 * loss], options: AuditOptions(keepsArrays: true))
    }
    return Report(checkpoints: checkpoints)
  }

  @Test("the page asks the network for nothing")
  func selfContained() throws {
    // The names of XML are no addresses.
    let html = try run().html.replacing("http://www.w3.org/2000/svg", with: "")
    for word in ["http://", "https://", "src=", "@import", "url("] { #expect(!html.contains(word), "\(word)") }
    #expect(html.contains("default-src 'none'"))
  }

  @Test("the page has every figure, each with a text alternative and how to read it")
  func figures() throws {
    let report = try run()
    let names = Set(report.charts.map(\.name))
    #expect(
      names == [
        .share, .regret, .euclidean, .norm, .noise, .path, .tensors, .cosines, .pairs, .spectrum, .contrast, .loss,
      ])
    let html = report.html
    for chart in report.charts {
      #expect(html.contains("<section id=\"\(chart.name.rawValue)\" data-figure>"))
      #expect(!chart.alternative.isEmpty && chart.caption.count > 40)
    }
    #expect(html.ranges(of: "role=\"img\"").count >= report.charts.count)
    #expect(html.contains("prefers-color-scheme: dark") && html.contains("@media print"))
  }

  @Test("page and figures are well-formed XML where they should be, whatever the names")
  func wellFormed() throws {
    let evil = ["<script>alert(1)</script>", "a&b\"c'd", "\u{1b}[31m\u{0}\u{202e}", "重み"]
    let report = try run(evil, file: "<img src=x onerror=alert(1)>&.h5")
    for chart in report.charts {
      let parser = XMLParser(data: Data(chart.svg.utf8))
      #expect(parser.parse(), "\(chart.name): \(String(describing: parser.parserError))")
    }
    let html = report.html
    #expect(!html.contains("<script>alert") && !html.contains("<img"))
    #expect(html.ranges(of: "<script").count == 2)
  }

  @Test("no number of a figure is NaN or infinite")
  func finite() throws {
    for chart in try run().charts { #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf\"")) }
  }

  @Test("many checkpoints and hundreds of tensors stay within a few hundred kilobytes")
  func size() throws {
    let tensors = (0..<300).map { TensorLayout("blocks.\($0).weight", shape: [2]) }
    let one = try Example.checkpoint(tensors: tensors, minibatches: 6)
    let checkpoints = (0..<300).map { step in
      var checkpoint = one
      checkpoint.description.step = step
      return checkpoint
    }
    #expect(Report(checkpoints: checkpoints).html.utf8.count < 1_000_000)
  }

  @Test("CSV has one row a checkpoint, measure and tensor, and every row as many fields")
  func csv() throws {
    let csv = try run().csv
    let lines = csv.split(separator: "\n")
    #expect(lines[0] == "file,run,step,tensor,measure,value,stderr,low,high")
    #expect(lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 9 })
    #expect(lines.filter { $0.contains(",kl.held_out.regret,") }.count == 6)
    #expect(lines.filter { $0.contains(",hidden.weight,kl,") }.count == 6)
  }

  @Test("a field of CSV is never a formula", arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
  func formulas(name: String) throws {
    let csv = try run([name]).csv
    for line in csv.split(separator: "\n") where line.contains(",kl,") && !line.contains(",,kl,") {
      let field = line.split(separator: ",", omittingEmptySubsequences: false)[3].drop { $0 == "\"" }
      #expect(field.first.map { !"=+-@\t\r".contains($0) } == true, "\(field)")
    }
  }

  @Test("exported matrices give the report's means")
  func arrays() throws {
    let checkpoint = try #require(try run().checkpoints.last)
    let means = [
      ("euclidean/regret", checkpoint.audit.euclidean?.regret.value),
      ("kl/cosine", checkpoint.audit.kl?.inSample?.cosine.value),
      ("held_out/regret", checkpoint.audit.kl?.heldOut?.regret.value),
    ]
    for (path, expected) in means {
      let array = try #require(checkpoint.namedArrays.first { $0.path == path })
      guard case .numbers(let values) = array.elements else {
        Issue.record("\(path) holds no numbers")
        continue
      }
      let count = array.axes[0].count
      let pairs = values.indices.filter { $0 / count != $0 % count }.map { values[$0] }
      let mean = pairs.reduce(0, +) / Double(pairs.count)
      #expect(abs(mean - (try #require(expected))) < 1e-9 * abs(mean))
    }
  }
}
