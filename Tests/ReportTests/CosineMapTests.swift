import Checkpoint
import Regret
import Testing

@testable import Report

@Suite("Maps of cosines")
struct CosineMapTests {
  @Test("things that are alike stand together, whatever their order was", arguments: 0..<20)
  func clusters(seed: Int) {
    var generator = Example.Generator(state: UInt64(seed + 1))
    // Three families; within one the likeness falls with the distance along a line.
    let places = (0..<24).map { (family: $0 % 3, at: Double($0 / 3)) }.shuffled(using: &generator)
    func similarity(_ i: Int, _ j: Int) -> Double {
      places[i].family == places[j].family ? 0.9 - 0.1 * abs(places[i].at - places[j].at) : 0.05
    }
    let order = Clustering.order(count: 24, similarity)
    #expect(order.sorted() == Array(0..<24))
    let families = order.map { places[$0].family }
    #expect(zip(families, families.dropFirst()).count { $0 != $1 } == 2, "\(families)")
    // Average linkage of a line keeps neighbours within a pair together.
    let steps = zip(order, order.dropFirst()).filter { places[$0].family == places[$1].family }
      .map { abs(places[$0].at - places[$1].at) }
    #expect(steps.reduce(0, +) <= 3 * 14)
  }

  @Test("any number of them, without a likeness or with none that is a number", arguments: [0, 1, 2, 3, 64, 65, 300])
  func sizes(count: Int) {
    #expect(Clustering.order(count: count) { _, _ in 0 }.sorted() == Array(0..<count))
    #expect(Clustering.order(count: count) { _, _ in .nan }.sorted() == Array(0..<count))
    #expect(
      Clustering.order(count: count) { i, j in i == 0 || j == 0 ? -.infinity : 1e300 }.sorted() == Array(0..<count))
  }

  private func matrix(_ count: Int, _ value: (Int, Int) -> Double) -> PairMatrix {
    PairMatrix(
      minibatches: Array(0..<count), values: (0..<count).flatMap { i in (0..<count).map { i == $0 ? 1 : value(i, $0) } }
    )
  }

  @Test(
    "the scale is the data's, and the diagonal does not count",
    arguments: [(0.0206, 0.05), (0.3, 0.5), (-0.7, 1), (0, 0.001)])
  func limit(value: Double, limit: Double) throws {
    let map = try #require(MatrixChart(title: "", matrix: matrix(5) { _, _ in value }).map())
    #expect(map.limit == limit)
    #expect(map.drawing.body.contains("−\(NumberText.shortest(limit))"))
    #expect(map.level(of: value) == Int((value / limit * 24).rounded()))
  }

  @Test(
    "many are shown as means over blocks of neighbours, no block over two groups",
    arguments: [2, 3, 63, 64, 65, 129, 300])
  func blocks(count: Int) throws {
    let groups = MinibatchGroups(names: ["a", "b"], ids: (0..<count).map { $0 % 2 })
    let map = try #require(
      MatrixChart(title: "", matrix: matrix(count) { $0 % 2 == $1 % 2 ? 0.5 : -0.25 }, groups: groups).map())
    #expect(map.count == (count <= 64 ? count : map.count) && map.count <= 64)
    #expect(map.spans.map(\.name) == ["a", "b"])
    let border = map.spans[0].rows.upperBound
    #expect(map.spans.map(\.rows) == [0..<border, border..<map.count])
    for row in 0..<map.count {
      for column in 0..<map.count {
        let isAlike = (row < border) == (column < border)
        if let value = map.values[row * map.count + column] {
          #expect(abs(value - (isAlike ? 0.5 : -0.25)) < 1e-12)
        } else {
          #expect(row == column)
        }
      }
    }
    #expect(map.unit.contains("means") == (count > 64))
    // Ranges cover all rows once.
    let blocks = MatrixChart.blocks([count / 2, count - count / 2], 64)
    #expect(blocks.flatMap { Array($0) } == Array(0..<count) && blocks.count <= 64)
  }

  @Test("cells without a number are left blank")
  func missing() throws {
    let map = try #require(MatrixChart(title: "", matrix: matrix(4) { $0 + $1 == 3 ? .nan : 0.2 }).map())
    #expect(map.values.count { $0 == nil } == 8)
    #expect(!map.drawing.body.contains("nan"))
  }
}

@Suite("Bins of histograms")
struct HistogramBinTests {
  @Test("follow Freedman and Diaconis, and every finite value is in one")
  func widths() throws {
    // Quartiles 250 and 750 of 1,001: 2 · 500 ÷ 10.003 = 99.97, to a round number 100.
    let values = (0...1000).map(Double.init)
    let bins = try #require(HistogramBins([values]))
    #expect(bins.width == 100 && bins.start == 0 && bins.count == 11)
    #expect(bins.counts(values) == [Int](repeating: 100, count: 10) + [1])
  }

  @Test(
    "count all that is finite, whatever the values are",
    arguments: [
      [[1.0]], [[3, 3, 3, 3]], [[0, 1]], [[-1e300, 1e300]], [[1, 2, 3, 1e300]], [[0, 1e-300]],
      [[.nan, .infinity, 0.5]],
      [(0..<10_000).map { Double($0 % 97) / 97 }], [[0.1, 0.2], [-0.9, 0.9]], [[1e-12, 2e-12, 3e-12]],
    ])
  func totals(samples: [[Double]]) throws {
    let bins = try #require(HistogramBins(samples))
    #expect(bins.count >= 1 && bins.count <= 200 && bins.width > 0 && bins.width.isFinite)
    for sample in samples { #expect(bins.counts(sample).reduce(0, +) == sample.count(where: \.isFinite)) }
    #expect(HistogramChart(series: samples.map { ("s", $0, 0, "") }, xLabel: "x").chart?.drawing != nil)
  }

  @Test("nothing has none")
  func none() {
    #expect(HistogramBins([]) == nil && HistogramBins([[], [.nan]]) == nil)
  }
}
