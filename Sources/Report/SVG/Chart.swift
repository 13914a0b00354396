/// A figure of a report: one or more panels side by side with a title, a text alternative and how to read it.
public struct Chart: Sendable {
  /// What a figure shows.
  public enum Name: String, Sendable, CaseIterable {
    /// What a step for one minibatch gives another, of what its own would give, over steps.
    case share
    /// Regret in the KL ball over steps.
    case regret
    /// Regret in the Euclidean ball over steps.
    case euclidean
    /// Norms of the gradients and relative regret over steps.
    case norm
    /// Noise scales over steps.
    case noise
    /// In-sample regret and cosine against ρ.
    case path
    /// The cosines of all pairs.
    case cosines
    /// Cosines from group to group of minibatches.
    case groups
    /// What carries over from one group to others over steps, and the groups' losses.
    case transfer
    /// How many pairs have which cosine.
    case pairs
    /// Regret tensor by tensor.
    case tensors
    /// Eigenvalues of the Fisher.
    case spectrum
    /// One minibatch's Fisher against that of all.
    case contrast
    /// Losses along directions around a checkpoint.
    case surface
    /// Rank correlations of measures with the generalization gap.
    case correlations
    /// Training and validation loss.
    case loss
  }

  /// What it shows.
  public let name: Name
  /// Its heading.
  public let title: String
  /// What a person who can't see it should be told.
  public let alternative: String
  /// How to read it, as a paragraph.
  public let caption: String
  /// What is drawn.
  let panels: [Panel]

  /// A figure of `panels`; one that stands alone takes the width of two.
  init(name: Name, title: String, alternative: String, caption: String, panels: [Panel]) {
    self.name = name
    self.title = title
    self.alternative = alternative
    self.caption = caption
    self.panels = panels.count == 1 ? [panels[0].alone] : panels
  }

  /// Space between panels of one file.
  private static let gap = 24.0

  /// The panels as inline SVG elements of a page.
  var inline: String {
    panels.map(\.inline).map { panel in
      let size = "\(Drawing.number(panel.width)) \(Drawing.number(panel.height))"
      return
        "<svg viewBox=\"0 0 \(size)\" style=\"max-width: \(Drawing.number(panel.width * 1.1))px\" role=\"img\" aria-label=\"\((title + ". " + alternative).xml)\">\n"
        + panel.body + "</svg>\n"
    }.joined()
  }

  /// The figure as an SVG file of its own, light or dark as the viewer is.
  public var svg: String {
    let heading = 34.0
    // Two panels side by side are as wide as a page shows well.
    let drawings = panels.map(\.drawing)
    let rows = stride(from: 0, to: drawings.count, by: 2).map { Array(drawings[$0..<min($0 + 2, drawings.count)]) }
    let heights = rows.map { $0.map(\.height).max() ?? 0 }
    var whole = Drawing(
      width: rows.map { $0.reduce(Self.gap) { $0 + $1.width + Self.gap } }.max() ?? 0,
      height: heights.reduce(heading) { $0 + $1 + 12 })
    whole.rectangle(0, 0, whole.width, whole.height, "page")
    whole.text(title, Self.gap, 24, "title")
    var y = heading
    for (row, height) in zip(rows, heights) {
      var x = Self.gap
      for panel in row {
        whole.append(panel, x: x, y: y)
        x += panel.width + Self.gap
      }
      y += height + 12
    }
    let size = "\(Drawing.number(whole.width)) \(Drawing.number(whole.height))"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" width="\(Drawing.number(whole.width))" \
      height="\(Drawing.number(whole.height))" role="img" class="chart">
      <title>\(title.xml)</title>
      <desc>\((alternative + " " + caption).xml)</desc>
      <style>
      \(ChartStyle.variables)
      \(ChartStyle.rules)
      </style>
      \(whole.body)</svg>

      """
  }
}
