import CheckpointHDF5
import Foundation
import Logging
import Synchronization
import Testing

@testable import GradientProbe

extension Tag {
  @Tag static var fisher: Self
  @Tag static var misuse: Self
  @Tag static var faults: Self
  @Tag static var files: Self
}

/// Calls `body` with a directory that is gone afterwards.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "gradient-probe-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Names of the files in `directory`, hidden ones too.
func names(in directory: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
}

/// Rows of a checkpoint file, widened.
struct Rows {
  let description: CheckpointDescription
  let gradients: [[Float]]
  let factors: [FisherKind: [[Float]]]
  let parameters: [Float]?
  /// Of a sketch, the gradients that are not whitened.
  let raw: [[Float]]?

  init(_ path: String) throws {
    let checkpoint = try CheckpointReader.open(path)
    description = checkpoint.description
    gradients = try Self.rows(of: checkpoint.gradients())
    var factors: [FisherKind: [[Float]]] = [:]
    for stored in description.factors { factors[stored.kind] = try Self.rows(of: checkpoint.factors(of: stored.kind)!) }
    self.factors = factors
    raw = try description.sketch.map { try Self.rows(of: checkpoint.blocks($0.gradients)) }
    parameters = try description.parameters.map { try Self.rows(of: checkpoint.blocks($0))[0] }
  }

  private static func rows(of blocks: any ColumnBlocks) throws -> [[Float]] {
    try (0..<blocks.rowCount).map { row in
      let size = blocks.columnCount * blocks.elementType.byteCount
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 * blocks.columnCount, alignment: 16)
      defer { bytes.deallocate() }
      let stored = UnsafeMutableRawBufferPointer(rebasing: bytes[(bytes.count - size)...])
      var span = MutableRawSpan(_unsafeBytes: stored)
      try blocks.copy(rows: row..<(row + 1), columns: 0..<blocks.columnCount, to: &span, rowStride: size)
      blocks.elementType.widen(blocks.columnCount, in: bytes, to: Double.self)
      return bytes.bindMemory(to: Double.self).map { Float($0) }
    }
  }
}

/// Log messages that have been written.
final class Messages: Sendable {
  private let lines = Mutex<[(Logger.Level, String)]>([])

  var logger: Logger {
    var logger = Logger(label: "test") { _ in Handler(messages: self) }
    logger.logLevel = .trace
    return logger
  }

  func texts(_ level: Logger.Level) -> [String] { lines.withLock { $0.filter { $0.0 == level }.map(\.1) } }

  private struct Handler: LogHandler {
    let messages: Messages
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      messages.lines.withLock { $0.append((event.level, "\(event.message)")) }
    }
  }
}

/// A model of two tensors whose gradient is its batch's numbers: what goes in must come out.
struct Echo: Probe {
  var tensors = [TensorLayout("first", shape: [2, 2]), TensorLayout("second", shape: [3])]
  var write: @Sendable (_ numbers: [Float], inout GradientRow) throws -> Void = { numbers, row in
    try row.write(Array(numbers[..<4]), to: "first")
    try row.write(Array(numbers[4...]), to: "second")
  }
  var loss = 0.25

  func gradient(over batch: [Float], into gradient: inout GradientRow) throws -> Double {
    try write(batch, &gradient)
    return loss
  }

  /// Different numbers for each minibatch.
  static func batches(_ count: Int) -> [[Float]] {
    (0..<count).map { batch in (0..<7).map { Float(10 * batch + $0) } }
  }
}

func options(_ change: (inout RecorderOptions) -> Void = { _ in }) -> RecorderOptions {
  var options = RecorderOptions()
  options.logger = Messages().logger
  change(&options)
  return options
}
