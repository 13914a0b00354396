/// One line that tells how far something is.
public enum ProgressLine {
  /// `title`, the share and bytes done, the rate and the time left after `seconds`; at most 79 columns.
  public static func text(title: String, done: Int, total: Int, seconds: Double) -> String {
    if done >= total && total > 0 {
      return "computing \(title.shortened(to: 60)), \(NumberText.bytes(done)) read"
    }
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var parts = [
      "\(NumberText.bytes(done)) of \(NumberText.bytes(total))", "\(NumberText.bytes(Int(min(rate, 1e18))))/s",
    ]
    if rate > 0 { parts.append(duration(Double(total - done) / rate) + " left") }
    let figures = parts.joined(separator: ", ")
    let percent = NumberText.fixed(100 * share, decimals: 0) + "%"
    let room = max(8, 79 - figures.terminalWidth - percent.count - 12)
    return "reading \(title.shortened(to: room))  \(percent)  \(figures)"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 1e9))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
