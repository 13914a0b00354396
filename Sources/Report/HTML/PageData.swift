internal import Checkpoint

/// What the script of a page draws figures from: those over all checkpoints, and those of each.
struct PageData {
  let report: Report
  /// The figures in the order of the page, with the ids of their sections.
  let charts: [(id: String, chart: Chart)]

  /// From so many checkpoints on, maps of cosines tell a value to a byte.
  private static let coarseLimit = 100

  init(_ report: Report) {
    self.report = report
    charts = Self.identified(report.charts)
  }

  /// Each chart with a name of its own.
  static func identified(_ charts: [Chart]) -> [(id: String, chart: Chart)] {
    var counts: [String: Int] = [:]
    return charts.map { chart in
      let name = chart.name.rawValue
      counts[name, default: 0] += 1
      return (counts[name]! == 1 ? name : "\(name)-\(counts[name]!)", chart)
    }
  }

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "figures", value: Self.figures(charts.filter { !isDetail($0.chart.name) }))
    ]
    let details = details
    let checkpoints = report.checkpoints
    if let headline = report.headline {
      let shown = checkpoints.lastIndex { $0.file == headline.file } ?? checkpoints.count - 1
      let isNamed = Set(checkpoints.map(\.description.run)).count > 1
      members.append(.init(key: "shown", value: .integer(shown)))
      members.append(
        .init(
          key: "steps",
          value: .array(
            checkpoints.map { checkpoint in
              let step = "step \(NumberText.count(checkpoint.description.step))"
              return .string(
                (isNamed ? "\(checkpoint.file.printable), " : "") + step
                  + (checkpoint.description.isPartial ? ", partial" : ""))
            })))
    }
    members.append(.init(key: "details", value: .object(details)))
    return .object(members)
  }

  /// Figures by their ids, without those that have only been drawn.
  static func figures(_ charts: [(id: String, chart: Chart)]) -> JSONValue {
    .object(charts.compactMap { id, chart in json(chart, isCoarse: false).map { .init(key: id, value: $0) } })
  }

  private static let details: [Chart.Name] = [.groups, .path, .tensors, .cosines, .pairs, .spectrum]

  private func isDetail(_ name: Chart.Name) -> Bool { Self.details.contains(name) }

  /// Of each kind of detail the figure of every checkpoint.
  private var details: [JSONValue.Member] {
    let isCoarse = report.checkpoints.count > Self.coarseLimit
    // Those of the checkpoint in detail stand in the page already: maps are not put in order twice.
    let file = report.headline?.file
    let each = report.checkpoints.map { checkpoint in
      checkpoint.file == file
        ? charts.map(\.chart).filter { isDetail($0.name) } : checkpoint.details ?? CheckpointCharts(checkpoint).all()
    }
    return Self.details.compactMap { name in
      let figures = each.map { charts in
        charts.first { $0.name == name }.flatMap { Self.json($0, isCoarse: isCoarse) } ?? .null
      }
      return figures.contains { $0 != .null } ? .init(key: name.rawValue, value: Self.factored(figures)) : nil
    }
  }

  /// `figures` of many checkpoints with what their panels have in common told once, panel by panel.
  static func factored(_ figures: [JSONValue]) -> JSONValue {
    let panels = figures.map { figure -> [JSONValue] in
      if case .array(let panels)? = figure["panels"] { panels } else { [] }
    }
    let known = panels.filter { !$0.isEmpty }
    let base = (0..<(known.map(\.count).max() ?? 0)).map { index -> [JSONValue.Member] in
      let members = known.compactMap { $0.count > index ? $0[index] : nil }.map { panel -> [JSONValue.Member] in
        if case .object(let members) = panel { members } else { [] }
      }
      return members[0].filter { member in members.allSatisfy { $0.contains(member) } }
    }
    return [
      "base": .array(base.map { .object($0) }),
      "each": .array(
        zip(figures, panels).map { figure, panels in
          guard let title = figure["title"] else { return .null }
          return [
            "title": title,
            "panels": .array(
              zip(panels, base).map { panel, base in
                guard case .object(let members) = panel else { return panel }
                return .object(members.filter { !base.contains($0) })
              }),
          ]
        }),
    ]
  }

  private static func json(_ chart: Chart, isCoarse: Bool) -> JSONValue? {
    let panels = chart.panels.compactMap { panel -> JSONValue? in
      if case .cells(let map) = panel { return map.data(isCoarse: isCoarse) }
      return panel.data
    }
    guard panels.count == chart.panels.count else { return nil }
    return ["title": .string(chart.title.printable), "panels": .array(panels)]
  }
}
