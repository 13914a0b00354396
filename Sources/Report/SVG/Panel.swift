/// One picture of a figure: what it shows, from which it is drawn.
enum Panel {
  case line(LineChart)
  case bars(BarChart)
  case cells(CellMap)
  /// What has only been drawn.
  case drawing(Drawing)

  var drawing: Drawing {
    switch self {
    case .line(let chart): chart.drawing ?? Drawing(width: chart.width, height: chart.height)
    case .bars(let chart): chart.drawing
    case .cells(let map): map.drawing
    case .drawing(let drawing): drawing
    }
  }

  /// The same for a page, whose script knows where points are.
  var inline: Drawing {
    guard case .line(var chart) = self else { return drawing }
    chart.hasUnseenDots = false
    return Panel.line(chart).drawing
  }

  /// The same where it stands alone, as wide as the page.
  var alone: Panel {
    switch self {
    case .line(var chart):
      (chart.width, chart.height) = (900, 320)
      return .line(chart)
    case .bars(var chart):
      chart.width = 760
      return .bars(chart)
    case .cells, .drawing: return self
    }
  }
}
