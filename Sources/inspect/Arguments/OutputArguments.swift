public import ArgumentParser
internal import Checkpoint
public import Report

/// A format of reports.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, csv, html, svg

  /// Whether it shows matrices and spectra.
  var hasArrays: Bool { self == .html || self == .svg }

  /// What the name of a file after its last full stop stands for; nil for an ending that is no format's.
  init?(ending: String) {
    switch ending {
    case "", "txt": self = .text
    case "htm": self = .html
    default: self.init(rawValue: ending)
    }
  }

  /// Endings that say which format is meant.
  static let endings = ".txt, .json, .csv, .html or .svg"

  /// What stands behind the last full stop of the name of `path`, in small letters; empty where there is none.
  static func ending(of path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let stop = name.lastIndex(of: "."), stop != name.startIndex else { return "" }
    return name[name.index(after: stop)...].lowercased()
  }
}

extension Chart.Name: ExpressibleByArgument {}

/// Where the result goes and in which format.
struct OutputArguments: ParsableArguments {
  @Option(
    name: .customLong("format"), help: .init("By default as the name after -o ends, else text.", valueName: "format"))
  var chosenFormat: OutputFormat?

  @Option(name: .shortAndLong, help: .init("Write to a file rather than standard output.", valueName: "path"))
  var output: String?

  @Option(help: .init("Which figure svg draws; the first that there are data for.", valueName: "name"))
  var figure: Chart.Name?

  @Flag(name: [.customShort("q"), .customLong("quiet")], help: "The result only.")
  var isQuiet = false

  var format: OutputFormat {
    chosenFormat ?? path.flatMap { OutputFormat(ending: OutputFormat.ending(of: $0)) } ?? .text
  }

  func validate() throws {
    if figure != nil && format != .svg { throw ValidationError("--figure goes with --format svg") }
    // Before anything is computed.
    guard let path else { return }
    let ending = OutputFormat.ending(of: path)
    guard chosenFormat != nil || OutputFormat(ending: ending) != nil else {
      throw ValidationError(
        "-o \(path.printable): no report is written as .\(ending.printable): end the name in \(OutputFormat.endings), or "
          + "choose one with --format")
    }
    do throws(CheckpointError) { try OutputFile.check(path) } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
  }

  /// Ends with 1 and one line where the result would take the place of one of `inputs`; before anything is computed.
  func check(against inputs: [String]) throws {
    guard let path else { return }
    do throws(CheckpointError) { try OutputFile.check(path, isNoneOf: inputs) } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
  }

  /// Renders `report` and writes it; ends with 1 and one line where that fails.
  func write(_ report: Report) throws {
    switch format {
    case .json: try write(report.json.text + "\n")
    case .text: try write(isQuiet ? report.summary(textOptions) : report.text(textOptions))
    case .csv: try write(report.csv)
    case .html: try write(report.html)
    case .svg:
      guard let chart = report.chart(figure) else {
        let names = report.charts.map(\.name.rawValue).joined(separator: ", ")
        Terminal.complain(
          "\(report.checkpoints.last?.file ?? ""): no data for the figure \(figure?.rawValue ?? "asked for") "
            + "(there are: \(names.isEmpty ? "none" : names))")
        throw ExitStatus.failure
      }
      try write(chart.svg)
    }
    if format != .text && !isQuiet {
      for warning in report.warnings { Terminal.complain(warning) }
    }
  }

  /// Writes `report` and ends as its failures and `gates` ask for.
  func finish(_ report: Report, gates: [Gate]) throws {
    if !report.checkpoints.isEmpty || format == .json { try write(report) }
    try ExitStatus.report(failures: report.failures, gates: gates, checkpoints: report.checkpoints)
  }

  /// Writes a plan; ends with 1 and one line where that fails.
  func write(_ plan: PlanReport) throws {
    try write(format == .json ? plan.json.text + "\n" : plan.text(textOptions))
  }

  /// Writes `text` where the result goes; ends with 1 and one line where that fails.
  func write(_ text: String) throws {
    do throws(CheckpointError) {
      if let path { try OutputFile.write(text, to: path) } else { try Terminal.print(text) }
    } catch {
      Terminal.complain("\(error)")
      throw ExitStatus.failure
    }
  }

  private var path: String? { output == "-" ? nil : output }

  /// How text is laid out where it goes.
  var textOptions: TextOptions { path == nil ? Terminal.textOptions : TextOptions() }
}
