import Checkpoint
import CheckpointHDF5
import Checksum
import Foundation
import TestSupport

// Coverage-guided fuzzing of what believes nothing: `make fuzz` builds this with libFuzzer. `FUZZ=description` feeds
// bytes as the JSON that the reading process sends, `FUZZ=file` as a checkpoint file. Without libFuzzer the files that
// are its arguments are fed once each; with `--seeds DIRECTORY` it writes good inputs of both kinds to begin with.

/// What the parent does with a description that it got.
func feedDescription(_ bytes: UnsafeRawBufferPointer) {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  let fileByteCount = 1 << 20
  guard let description = try? decoder.decode(CheckpointDescription.self, from: Data(bytes)),
    let checked = try? description.checked(file: "fuzz", fileByteCount: fileByteCount)
  else { return }
  // Whatever passed the checks lies within the file and is safe to compute with.
  _ = checked.checksum
  for matrix in checked.matrices {
    guard let byteCount = matrix.byteCount else { fatalError("a matrix without end passed") }
    if case .contiguous(let offset) = matrix.storage, offset < 0 || offset + byteCount > fileByteCount {
      fatalError("a matrix outside the file passed")
    }
  }
  for tensor in checked.tensors where tensor.offset < 0 || tensor.offset + tensor.count > checked.parameterCount {
    fatalError("a tensor outside the row passed")
  }
}

let scratch = try Scratch()

/// What a library user does with a file.
func feedFile(_ bytes: UnsafeRawBufferPointer) {
  let path = scratch("input.h5")
  try! Data(bytes).write(to: URL(filePath: path))
  guard let checkpoint = try? CheckpointReader.open(path) else { return }
  for matrix in checkpoint.description.matrices { _ = try? checkpoint.blocks(matrix).elementFaults() }
}

let isFile = ProcessInfo.processInfo.environment["FUZZ"] == "file"

func feed(_ bytes: UnsafeRawBufferPointer) { isFile ? feedFile(bytes) : feedDescription(bytes) }

/// Good inputs to begin with, in `descriptions` and `files` of `directory`.
func writeSeeds(to directory: String) throws {
  for name in ["descriptions", "files"] {
    try FileManager.default.createDirectory(atPath: directory + "/" + name, withIntermediateDirectories: true)
  }
  for type in ElementType.allCases {
    let path = directory + "/files/\(type.rawValue).h5"
    try? FileManager.default.removeItem(atPath: path)
    if type == .float64 { try writeSmallSketch(to: path) } else { try writeSmall(smallHeader(type), to: path) }
    let description = try CheckpointReader.describe(path)
    try JSONEncoder().encode(description).write(to: URL(filePath: directory + "/descriptions/\(type.rawValue).json"))
  }
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--seeds" {
  try writeSeeds(to: CommandLine.arguments[2])
  exit(0)
}

#if FUZZER
  @_silgen_name("LLVMFuzzerRunDriver")
  func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ feed: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  var count = CommandLine.argc
  var arguments = CommandLine.unsafeArgv
  exit(
    runDriver(&count, &arguments) { bytes, count in
      feed(UnsafeRawBufferPointer(start: bytes, count: count))
      return 0
    })
#else
  for path in CommandLine.arguments.dropFirst() {
    try Data(contentsOf: URL(filePath: path)).withUnsafeBytes { feed($0) }
  }
#endif
