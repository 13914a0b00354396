extension Report {
  /// The figures that these checkpoints have data for: over steps for runs, in detail for the last checkpoint.
  public var charts: [Chart] {
    var charts: [Chart?] = []
    if checkpoints.count > 1 {
      let run = RunCharts(self)
      charts += [run.share, run.regret, run.euclidean, run.norm, run.noise, run.transfer]
    }
    if let last = headline {
      let detail = CheckpointCharts(last)
      charts += detail.all()
      charts += last.slices.map { Chart($0) }
      charts.append(checkpoints.count > 1 ? RunCharts(self).contrast ?? detail.contrast : detail.contrast)
    }
    if checkpoints.count > 1 { charts.append(RunCharts(self).loss) }
    return charts.compactMap { $0 }
  }

  /// The figure called `name`, or the first one; nil where there are no data for it.
  public func chart(_ name: Chart.Name?) -> Chart? {
    name.map { name in charts.first { $0.name == name } } ?? charts.first
  }
}
