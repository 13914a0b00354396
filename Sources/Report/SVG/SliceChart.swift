internal import Checkpoint
internal import Landscape

extension Chart {
  /// Groups whose surfaces are drawn beside each other.
  private static let surfaceLimit = 4

  /// A slice through the losses around a checkpoint: a curve, or heat maps with contours of the mean loss and of the
  /// minibatch that is sharpest on its own.
  init?(_ slice: Slice) {
    let surface = slice.surface
    let summary = SurfaceSummary(surface)
    var panels: [Drawing?]
    let groups = slice.groups.flatMap { $0.count > 1 ? $0 : nil }
    if surface.grid.second == nil {
      panels = [
        CurvePanel(
          title: groups == nil ? "Mean loss and single minibatches" : "Mean loss of each group, and single minibatches",
          surface: surface, summary: summary, groups: groups
        ).drawing
      ]
    } else if let groups {
      let parts = zip(groups.names, groups.members).prefix(Self.surfaceLimit).map { ($0, surface.selecting($1)) }
      guard let scale = SurfaceScale(parts.map(\.1.meanLoss)) else { return nil }
      panels = parts.map { name, own in
        SurfacePanel(
          title: "Mean loss of \(name.printable.shortened(to: 30))", grid: surface.grid, loss: own.meanLoss,
          axisNames: surface.axisNames,
          marks: SurfaceSummary(own).map { [($0.minimum.coordinates, "least mean loss of the group")] } ?? [],
          scale: scale
        ).drawing
      }
    } else {
      let minima = summary?.minibatchMinima.enumerated().map { index, minimum in
        (minimum.coordinates, "minibatch \(index): least loss \(NumberText.rounded(minimum.loss)) nats here")
      }
      let sharpest = surface.minibatchCount > 1 ? surface.sharpestMinibatch : nil
      // The mean beside one that it is made of: the same colour is the same loss.
      guard let scale = SurfaceScale([surface.meanLoss] + (sharpest.map { [surface.minibatchLosses[$0]] } ?? [])) else {
        return nil
      }
      panels = [
        SurfacePanel(
          title: "Mean loss, minima of single minibatches", grid: surface.grid, loss: surface.meanLoss,
          axisNames: surface.axisNames, marks: minima ?? [], scale: scale
        ).drawing
      ]
      if let sharpest {
        let mark = summary?.minibatchMinima[sharpest].coordinates
        panels.append(
          SurfacePanel(
            title: "Minibatch \(sharpest), the sharpest alone", grid: surface.grid,
            loss: surface.minibatchLosses[sharpest], axisNames: surface.axisNames,
            marks: mark.map { [($0, "its own minimum")] } ?? [], scale: scale
          ).drawing)
      }
    }
    let drawn = panels.compactMap { $0 }
    guard !drawn.isEmpty else { return nil }
    self.init(
      name: .surface, title: "Loss surface \(slice.name), step \(NumberText.count(slice.origin.step))",
      alternative: summary.map(\.words) ?? "Losses on a grid around the checkpoint; some are not finite.",
      caption:
        "Losses around the checkpoint, which is at 0, along \(slice.directions.map(\.words).joined(separator: " and ")). "
        + "Where the minima of single minibatches scatter widely, the mean loss is flat because sharp losses that disagree "
        + "are averaged. "
        + (slice.directions.contains { $0.scale == .none && $0.origin == .random }
          ? "These directions are not normalised: the picture changes when layers are rescaled." : ""),
      panels: drawn.map { .drawing($0) })
  }
}

extension LossSurface {
  /// The minibatch whose own loss rises most above its value at θ.
  fileprivate var sharpestMinibatch: Int? {
    guard let center = grid.center else { return nil }
    return minibatchLosses.indices.max {
      (minibatchLosses[$0].max() ?? 0) - minibatchLosses[$0][center]
        < (minibatchLosses[$1].max() ?? 0) - minibatchLosses[$1][center]
    }
  }
}
