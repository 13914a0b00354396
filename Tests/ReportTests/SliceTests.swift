import Checkpoint
import Comparison
import Foundation
import Landscape
import Regret
import Report
import Testing

@Suite("Slices in reports")
struct SliceReportTests {
  /// Two bowls whose minima lie apart, on a line or on a plane.
  private func slice(axes: Int, name: String = "filter") -> Slice {
    let axis = GridAxis(radius: 1, count: 21)
    let grid = axes == 2 ? SliceGrid(axis, axis) : SliceGrid(axis)
    let losses = [0.5, -0.5].map { center in
      (0..<grid.pointCount).map { point in
        let place = grid.coordinates(of: point)
        return place.enumerated().reduce(1.0) { sum, entry in
          sum + (entry.element - (entry.offset == 0 ? center : 0)) * (entry.element - (entry.offset == 0 ? center : 0))
        }
      }
    }
    let directions = (0..<axes).map {
      DirectionSummary(name: "random \($0 + 1) <&>", origin: .random, scale: .filter, seed: UInt64($0), norm: 2)
    }
    return Slice(
      creator: "test", created: "2026-01-01T00:00:00Z", name: name,
      origin: CheckpointReference(run: "r", step: 1, file: "a.h5", checksum: ""), directions: directions,
      surface: LossSurface(
        grid: grid, axisNames: directions.map(\.name), batchSizes: [4, 4], minibatchLosses: losses))
  }

  private func checkpoint(_ slices: [Slice]) throws -> CheckpointReport {
    var checkpoint = try Example.checkpoint()
    checkpoint.slices = slices
    return checkpoint
  }

  @Test("the JSON holds the sharpness and where minibatches are least")
  func json() throws {
    let report = Report(checkpoints: [try checkpoint([slice(axes: 1)])])
    let object = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
    let checkpoints = try #require(object?["checkpoints"] as? [[String: Any]])
    let slices = try #require(checkpoints[0]["slices"] as? [[String: Any]])
    let sharpness = try #require(slices[0]["sharpness"] as? [String: Any])
    // The mean loss is 1 + x² + ¼, each minibatch's own 1 + (x ∓ ½)².
    #expect(sharpness["mean_loss"] as? Double == 1)
    #expect(sharpness["minibatch"] as? Double == 2)
    #expect(sharpness["contrast"] as? Double == 2)
    let minima = try #require(sharpness["minibatch_minima"] as? [[String: Any]])
    #expect(minima.map { $0["place"] as? [Double] } == [[0.5], [-0.5]])
  }

  @Test("groups have losses and minima of their own, in the JSON and in the figure", arguments: [1, 2])
  func groups(axes: Int) throws {
    var slice = slice(axes: axes)
    slice.groups = MinibatchGroups(names: ["train", "<held out>"], ids: [0, 1])
    let report = Report(checkpoints: [try checkpoint([slice])])
    let object = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
    let slices = try #require((object?["checkpoints"] as? [[String: Any]])?[0]["slices"] as? [[String: Any]])
    let groups = try #require(slices[0]["groups"] as? [[String: Any]])
    #expect(groups.map { $0["name"] as? String } == ["train", "<held out>"])
    // At θ each group's own loss is 1 + ¼, and it is least at its own minibatch's minimum.
    #expect(groups.map { $0["loss"] as? Double } == [1.25, 1.25])
    let places = groups.map {
      (($0["sharpness"] as? [String: Any])?["minimum"] as? [String: Any])?["place"] as? [Double]
    }
    #expect(places.map { $0?[0] } == [0.5, -0.5])
    let figure = try #require(report.chart(.surface)).svg
    #expect(figure.contains("train") && figure.contains("&lt;held out&gt;"))
  }

  static let extremes: [[Double]] = [
    [1e307], [.greatestFiniteMagnitude], [-.greatestFiniteMagnitude, .greatestFiniteMagnitude], [5e-324],
    [1e-310, 2e-310],
    [1e15, 1e18, 1e19], [0, 1e307], [-1e200, 3], [1, 1 + .ulpOfOne], [9.3e18], [0],
  ]

  @Test("losses of every magnitude are drawn and told", arguments: extremes, [1, 2])
  func magnitudes(values: [Double], axes: Int) throws {
    var extreme = slice(axes: axes)
    let count = extreme.surface.grid.pointCount
    extreme.surface = LossSurface(
      grid: extreme.surface.grid, axisNames: extreme.surface.axisNames, batchSizes: [4, 1 << 39],
      minibatchLosses: (0..<2).map { row in (0..<count).map { values[($0 + row) % values.count] } })
    let report = Report(checkpoints: [try checkpoint([extreme])])
    #expect(!report.text(TextOptions()).isEmpty && !report.json.text.isEmpty && !report.csv.isEmpty)
    for drawing in [report.html] + report.charts.map(\.svg) {
      for word in ["\"nan", "\"inf", "\"-inf", ">nan", ">inf", ">-inf"] { #expect(!drawing.contains(word)) }
    }
  }

  @Test("a slice that cannot be judged has null for its sharpness")
  func overflow() throws {
    var broken = slice(axes: 1)
    broken.surface = LossSurface(
      grid: broken.surface.grid, axisNames: broken.surface.axisNames, batchSizes: [4],
      minibatchLosses: [[Double](repeating: .infinity, count: 21)])
    let report = Report(checkpoints: [try checkpoint([broken])])
    let object = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8)) as? [String: Any]
    let slices = (object?["checkpoints"] as? [[String: Any]])?[0]["slices"] as? [[String: Any]]
    #expect(slices?[0]["sharpness"] is NSNull)
  }

  @Test("a chart is drawn for lines and planes, as well-formed XML of a modest size", arguments: [1, 2])
  func chart(axes: Int) throws {
    let report = Report(checkpoints: [try checkpoint([slice(axes: axes)])])
    let chart = try #require(report.chart(.surface))
    let svg = chart.svg
    #expect(svg.utf8.count < 400_000)
    #expect(svg.contains("random 1 &lt;&amp;&gt;"))
    #expect(!svg.lowercased().contains("nan"))
    #expect(openElements(svg) == [])
    #expect(chart.alternative.contains(axes == 1 ? "2.00 times" : "1.50 times"))
  }

  /// Elements that are opened and not closed again, in the order in which that went wrong.
  private func openElements(_ xml: String) -> [Substring] {
    var open: [Substring] = []
    for part in xml.split(separator: "<").dropFirst(xml.hasPrefix("<") ? 0 : 1) {
      guard let end = part.firstIndex(of: ">") else { return open + [part] }
      let tag = part[..<end]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return open + [tag] }
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open
  }

  @Test("what is compared has the slices' numbers under their names")
  func compared() throws {
    let run = try checkpoint([slice(axes: 2, name: "wide")]).compared(as: "here")
    #expect(run.name == "here")
    let values = Dictionary(uniqueKeysWithValues: run.measures.map { ($0.name, $0.estimate.value) })
    #expect(values["slices.wide.sharpness.contrast"] == 1.5)
    #expect(values["euclidean.regret"] == (try Example.checkpoint()).audit.euclidean?.regret.value)
  }
}
