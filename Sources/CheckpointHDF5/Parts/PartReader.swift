public import Checkpoint
internal import HDF5

/// Where a part file has its header and its numbers; a plain value that can cross a process border.
public struct PartDescription: Hashable, Codable, Sendable {
  /// 1-based number of the part.
  public let number: Int
  /// How many parts there are.
  public let count: Int
  /// XXH3 of the header, in hexadecimal digits.
  public let checksum: String
  /// Bytes of the file that are the header.
  public let header: Range<Int>
  /// The first byte of the numbers.
  public let numberOffset: Int
  /// How many numbers there are.
  public let numberCount: Int

  /// `checksum` as the file has it.
  public static func text(of checksum: UInt64) -> String { checksum.digits(16, radix: 16) }

  /// This, if all that it tells of lies within a file of `byteCount` bytes.
  public func checked(file: String, byteCount: Int) throws(CheckpointError) -> PartDescription {
    func invalid(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: object, reason: reason))
    }
    guard count > 0, 1...count ~= number else {
      throw invalid("attribute part", "there is no part \(number) of \(count)")
    }
    guard header.lowerBound >= 0, 1...PartReader.largestHeader ~= header.count else {
      throw invalid("/header", "\(header.count) bytes")
    }
    guard numberOffset >= 0, 0..<1 << 50 ~= numberCount else { throw invalid("/numbers", "\(numberCount) numbers") }
    let needed = max(header.upperBound, numberOffset + numberCount * 8)
    guard needed <= byteCount else {
      throw CheckpointError(file: file, cause: .truncated(needed: needed, found: byteCount))
    }
    return self
  }
}

/// Reads where a part file has what it holds, without trusting it, as ``CheckpointReader`` reads checkpoints.
public struct PartReader: Sendable {
  /// What the file tells.
  public let description: PartDescription
  /// The file that HDF5 opened, by number: whoever opened the name too can tell whether it is the same.
  public let identity: FileIdentity

  static let format = "gradient-probe-part"
  static let supportedVersion = 1
  /// The longest header [bytes].
  static let largestHeader = 256 << 20

  /// Reads the file at `path`; `hardened` and `onOpen` are as in ``CheckpointReader``.
  public init(_ path: String, hardened: Bool = false, onOpen: () -> Void = {}) throws(CheckpointError) {
    let plain = try ReadOnlyFile(opening: path)
    let file = try GuardedFile.open(plain, hardened: hardened, onOpen: onOpen)
    description = try file.describePart().checked(file: path, byteCount: plain.byteCount)
    identity = plain.identity
  }
}

extension GuardedFile {
  fileprivate func describePart() throws(CheckpointError) -> PartDescription {
    guard let root = try group("/") else { throw missing("/") }
    let attributes = GuardedAttributes(file: path)
    guard let format = try attributes.text("format", of: root) else { throw attributes.missing("format") }
    guard format == PartReader.format else {
      throw invalid("attribute format", "\(format.debugDescription): it is no part of sums")
    }
    var numbers: [Int] = []
    for name in ["format_version", "part", "parts"] {
      guard let number = try attributes.integer(name, of: root) else { throw attributes.missing(name) }
      numbers.append(number)
    }
    guard numbers[0] <= PartReader.supportedVersion else {
      throw CheckpointError(file: path, cause: .newerVersion(numbers[0]))
    }
    guard let checksum = try attributes.text("checksum", of: root) else { throw attributes.missing("checksum") }
    guard let header = try dataset("/header") else { throw missing("/header") }
    guard case .text(let size, _) = header.information.type, header.extents == [1] else {
      throw invalid("/header", "one text is needed")
    }
    guard let sums = try dataset("/numbers") else { throw missing("/numbers") }
    guard case .scalar(.float64, isLittleEndian: true) = sums.information.type, sums.extents.count == 1 else {
      throw invalid("/numbers", "little-endian float64 along one axis are needed")
    }
    let start = try place(of: header)
    return PartDescription(
      number: numbers[1], count: numbers[2], checksum: checksum, header: start..<(start + max(0, min(size, 1 << 40))),
      numberOffset: try place(of: sums), numberCount: sums.elementCount)
  }

  /// Where the elements of `dataset` begin, one after another.
  private func place(of dataset: borrowing GuardedDataset) throws(CheckpointError) -> Int {
    guard dataset.elementCount > 0 else { return 0 }
    guard dataset.information.layout == .contiguous, let offset = dataset.information.offset,
      0..<1 << 50 ~= offset
    else { throw invalid(dataset.name, "contiguous elements are needed") }
    return offset
  }
}
