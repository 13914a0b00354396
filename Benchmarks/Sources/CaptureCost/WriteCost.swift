internal import Dispatch
internal import GradientProbe
internal import Logging

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Recorder against plain write(2) of the same bytes: from the first row to fsync(2) and the end. Each is in front once, so
/// that neither always finds the disk at rest.
struct WriteCost {
  let directory: String
  let rows: Int

  func measure(_ model: PreparedModel) throws {
    var (plain, recorder) = (0.0, 0.0)
    for isPlain in [true, false, false, true] {
      if isPlain {
        plain += try seconds { try writePlainly(model, to: directory + "/plain") } / 2
        unlink(directory + "/plain")
      } else {
        recorder += try seconds { try record(model, draws: 0) } / 2
        unlink(directory + "/run/step-00000000.h5")
      }
    }
    let bytes = 4 * rows * model.parameterCount
    print("{\"bytes\": \(bytes), \"plain_s\": \(plain), \"recorder_s\": \(recorder)}")
  }

  /// A checkpoint in `directory`/run with `draws` rows of sampled factors for each gradient.
  func record(_ model: PreparedModel, draws: Int, sketch: Sketch? = nil) throws {
    var options = RecorderOptions()
    options.factors = draws > 0 ? [.sampled] : []
    options.sampledDraws = max(1, draws)
    options.sketch = sketch
    options.logger = Logger(label: "CaptureCost") { _ in SwiftLogNoOpLogHandler() }
    let recorder = try Recorder(directory: directory + "/run", options: options)
    try recorder.capture(model, over: 0..<rows, step: 0)
    try recorder.finish()
  }

  private func writePlainly(_ model: PreparedModel, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw WriteFailure(code: errno) }
    defer { close(descriptor) }
    for index in 0..<rows {
      try model.rows[index % model.rows.count].withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
          guard count > 0 else { throw WriteFailure(code: errno) }
          done += count
        }
      }
    }
    guard fsync(descriptor) == 0 else { throw WriteFailure(code: errno) }
  }
}

struct WriteFailure: Error {
  let code: Int32
}

/// What `body` takes [s].
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}
