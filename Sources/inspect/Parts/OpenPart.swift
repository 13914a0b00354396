internal import Checkpoint
internal import CheckpointHDF5
internal import Checksum
internal import Regret

/// A part file that has been described and checked, and whose numbers can be read.
struct OpenPart: Sendable {
  let path: String
  let header: PartHeader
  private let file: ReadOnlyFile
  private let description: PartDescription

  /// Opens the part file at `path`. HDF5 sees it in a process of its own only. All numbers are compared with their
  /// checksums.
  init(_ path: String, by launch: ReaderLaunch = .own) throws(CheckpointError) {
    let file = try ReadOnlyFile(opening: path)
    var reader = try ReaderProcess(.part, for: path, by: launch)
    let reply = try reader.reply(as: PartReply.self)
    guard reply.identity == file.identity else { throw .replaced(path) }
    try reader.end()
    description = try reply.part.checked(file: path, byteCount: file.byteCount)
    self.path = path
    self.file = file
    header = try Self.header(of: file, description)
    for checkpoint in header.checkpoints {
      for place in checkpoint.sums.places { _ = try numbers(at: place) }
    }
  }

  private static func header(
    of file: ReadOnlyFile, _ description: PartDescription
  ) throws(CheckpointError) -> PartHeader {
    var bytes = [UInt8](repeating: 0, count: description.header.count)
    var span = bytes.mutableSpan
    try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      try file.read(at: description.header.lowerBound, into: bytes)
    }
    let checksum = bytes.withUnsafeBytes { Hash.value(of: $0) }
    guard PartDescription.text(of: checksum) == description.checksum else {
      throw CheckpointError(file: file.path, cause: .damaged(object: "/header"))
    }
    func invalid(_ reason: String) -> CheckpointError {
      CheckpointError(file: file.path, cause: .invalid(object: "/header", reason: reason))
    }
    guard let header = try? ReaderJSON.decode(PartHeader.self, from: bytes) else {
      throw invalid("it is not what this program writes")
    }
    guard ColumnShare(description.number, of: description.count) == header.share else {
      throw invalid("it is part \(header.share.number) of \(header.share.count)")
    }
    guard !header.checkpoints.isEmpty else { throw invalid("no checkpoints") }
    let listed = header.paths.flatMap(\.files)
    for checkpoint in header.checkpoints {
      let name = checkpoint.file.debugDescription
      guard listed.contains(checkpoint.file) else { throw invalid("\(name) is of none of its paths") }
      if let fault = checkpoint.outline.fault { throw invalid("\(name): \(fault)") }
      // Of its size nothing is known here.
      _ = try checkpoint.description.checked(file: file.path, fileByteCount: .max)
      guard checkpoint.description.step >= 0, checkpoint.description.sequence >= 0 else {
        throw invalid("\(name): a step or a number below zero")
      }
      guard checkpoint.outline.isOf(checkpoint.description) else {
        throw invalid("\(name): another file's minibatches")
      }
      guard checkpoint.sums.fits(checkpoint.outline) else { throw invalid("\(name): sums of other rows") }
    }
    return header
  }

  /// The numbers at `place`; throws where they do not have their checksum, and where some are not finite.
  func numbers(at place: NumberPlace) throws(CheckpointError) -> [Double] {
    guard place.start >= 0, place.count >= 0, place.start <= description.numberCount,
      place.count <= description.numberCount - place.start
    else { throw CheckpointError(file: path, cause: .invalid(object: "/header", reason: "numbers that are not there")) }
    var numbers = [Double](repeating: 0, count: place.count)
    var span = numbers.mutableSpan
    let checksum = try span.withUnsafeMutableBytes { (bytes) throws(CheckpointError) in
      try file.read(at: description.numberOffset + place.start * 8, into: bytes)
      return Hash.value(of: UnsafeRawBufferPointer(bytes))
    }
    guard checksum == place.checksum else {
      let object = "/numbers, \(place.start) to \(place.start + place.count - 1)"
      throw CheckpointError(file: path, cause: .damaged(object: object))
    }
    guard numbers.allSatisfy(\.isFinite) else {
      throw CheckpointError(file: path, cause: .invalid(object: "/numbers", reason: "some are not finite"))
    }
    return numbers
  }
}
