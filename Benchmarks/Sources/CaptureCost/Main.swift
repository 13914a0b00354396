internal import GradientProbe

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// What recording costs, as lines of JSON.
///
///     CaptureCost write DIRECTORY ROWS PARAMETERS    Recorder against write(2) of the same bytes, fsync on both sides
///     CaptureCost hold DIRECTORY ROWS PARAMETERS     how much longer the training thread is held for each row
///     CaptureCost sketch DIRECTORY ROWS PARAMETERS WIDTH   sketched rows against whole ones
///     CaptureCost sketched DIRECTORY ROWS PARAMETERS WIDTH a sketched checkpoint of ROWS gradients and four times as many
///                                                    sampled factors, kept
///     CaptureCost file DIRECTORY ROWS PARAMETERS     a checkpoint of ROWS gradients and ROWS sampled factors, kept
@main
enum Main {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 5, let rows = Int(arguments[3]), let parameters = Int(arguments[4]), rows > 1,
      parameters > 0
    else {
      print("usage: CaptureCost write|hold|file|sketch|sketched DIRECTORY ROWS PARAMETERS [WIDTH]")
      exit(64)
    }
    let model = PreparedModel(parameters)
    let width = arguments.count > 5 ? Int(arguments[5]) ?? 65_536 : 65_536
    switch arguments[1] {
    case "write": try WriteCost(directory: arguments[2], rows: rows).measure(model)
    case "hold": try HoldCost(directory: arguments[2], rows: rows).measure(model)
    case "file": try WriteCost(directory: arguments[2], rows: rows).record(model, draws: 1)
    case "sketch": try SketchCost(directory: arguments[2], rows: rows).measure(model, width: width)
    case "sketched":
      try WriteCost(directory: arguments[2], rows: rows).record(model, draws: 4, sketch: .width(width))
    default: exit(64)
    }
  }
}
