internal import Comparison

extension ComparisonReport {
  /// The comparison for people.
  public func text(_ options: TextOptions = TextOptions()) -> String {
    var lines: [String] = [options.styled("Comparison of \(NumberText.count(members.count)) models", .bold)]
    for warning in warnings {
      let wrapped = options.wrapped(warning, first: "  ! ", rest: "    ")
      lines += [options.styled(wrapped[0], .yellow)] + wrapped.dropFirst()
    }
    for section in ComparisonTables(report: self).all {
      lines += ["", options.styled(section.title, .bold)]
      // What the numbers mean comes before them: with few runs they mean little.
      for note in section.notes {
        lines += options.wrapped(note, first: "  ", rest: "  ").map { options.styled($0, .faint) }
      }
      if let table = section.table { lines += table.lines(options) }
    }
    if correlations == nil {
      lines.append("")
      lines += options.wrapped(
        "Fewer than two of them have a generalization gap in their metrics "
          + (runs.first?.gapMetric.map { "(\($0.printable))" }
            ?? "(generalization_gap, or validation_loss and train_loss)")
          + ", so nothing can be said about generalization.")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
