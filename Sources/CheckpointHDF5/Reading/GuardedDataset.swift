internal import Checkpoint
internal import HDF5

/// A dataset of which everything that it declares has been looked at and may be read.
struct GuardedDataset: ~Copyable {
  let name: String
  let file: String
  let extents: [Int]
  let elementCount: Int
  let information: DatasetInformation
  let dataset: Dataset

  /// Looks at `dataset`, which is at `name`; reads nothing of it.
  init(_ dataset: consuming Dataset, name: String, file: String) throws(CheckpointError) {
    let information = try hdf5(file) { () throws(HDF5Error) in try dataset.information() }
    func refused(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .refused(object: name, reason: reason))
    }
    if information.isExternal { throw refused("its data are in other files") }
    if case .other(let layout) = information.layout { throw refused("layout is \(layout)") }
    for case .other(let filter) in information.filters {
      throw refused("filter \(filter) is none of deflate, shuffle and fletcher32: store it without")
    }
    guard let extents = information.extents else { throw refused("no extents, too large ones, or more than four") }
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw refused("its extents overflow") }
      count = product
    }
    self.name = name
    self.file = file
    self.extents = extents
    self.elementCount = count
    self.information = information
    self.dataset = dataset
  }

  func invalid(_ reason: String) -> CheckpointError {
    CheckpointError(file: file, cause: .invalid(object: name, reason: reason))
  }

  /// Throws unless the elements, of `size` bytes each, are really there rather than only declared.
  func checkStorage(elementByteCount size: Int) throws(CheckpointError) {
    guard elementCount > 0 else { return }
    let (declared, overflow) = elementCount.multipliedReportingOverflow(by: size)
    let (limit, unlimited) = information.storedByteCount.multipliedReportingOverflow(by: ReadingLimits.expansion)
    guard information.storedByteCount > 0 else { throw invalid("nothing is stored") }
    guard !overflow, unlimited || declared <= limit else {
      let ratio = "\(declared) bytes declared, \(information.storedByteCount) stored"
      throw CheckpointError(file: file, cause: .refused(object: name, reason: ratio))
    }
    if case .chunked(let chunk) = information.layout {
      var bytes = size
      for extent in chunk {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
        guard !overflow, product <= ReadingLimits.chunkByteCount else {
          let reason = "chunks larger than \(ReadingLimits.chunkByteCount >> 20) MiB"
          throw CheckpointError(file: file, cause: .refused(object: name, reason: reason))
        }
        bytes = product
      }
    }
  }

  private func checkRank(_ rank: Int) throws(CheckpointError) {
    guard extents.count == rank else {
      throw invalid("\(extents.count) axes, not \(rank)")
    }
  }

  /// All elements, which are integers along `rank` axes.
  func integers(rank: Int = 1) throws(CheckpointError) -> [Int] {
    try checkRank(rank)
    guard information.type.isInteger else {
      throw invalid(information.type.words(where: "integers"))
    }
    try checkStorage(elementByteCount: 8)
    guard elementCount > 0 else { return [] }
    if case .scalar(.uint64, _) = information.type {
      // HDF5 would make the largest integer of what has no place in 64 bits with a sign.
      let values = try hdf5(file) { () throws(HDF5Error) in try dataset.unsignedIntegers(count: elementCount) }
      guard let largest = values.max(), largest <= Int.max else { throw invalid("it holds a number of 2⁶³ or more") }
      return values.map(Int.init)
    }
    return try hdf5(file) { () throws(HDF5Error) in try dataset.integers(count: elementCount).map(Int.init) }
  }

  /// All elements, which are numbers along `rank` axes.
  func numbers(rank: Int = 1) throws(CheckpointError) -> [Double] {
    try checkRank(rank)
    guard information.type.isNumber else {
      throw invalid(information.type.words(where: "numbers"))
    }
    try checkStorage(elementByteCount: 8)
    guard elementCount > 0 else { return [] }
    return try hdf5(file) { () throws(HDF5Error) in try dataset.numbers(count: elementCount) }
  }

  /// All elements, which are texts along one axis.
  func texts() throws(CheckpointError) -> [String] {
    try checkRank(1)
    if case .variableText = information.type { return try variableTexts() }
    guard case .text(let size, let padding) = information.type else {
      throw invalid(information.type.words(where: "text"))
    }
    guard size <= ReadingLimits.attributeByteCount, size > 0 else { throw invalid("texts of \(size) bytes") }
    try checkStorage(elementByteCount: size)
    guard elementCount <= ReadingLimits.textByteCount / size else {
      throw invalid("more than \(ReadingLimits.textByteCount >> 20) MiB of text")
    }
    guard elementCount > 0 else { return [] }
    let bytes = try hdf5(file) { () throws(HDF5Error) in try dataset.bytes(count: elementCount * size) }
    var texts: [String] = []
    for index in 0..<elementCount {
      guard let text = padding.text(in: bytes[(index * size)..<((index + 1) * size)]) else {
        throw invalid("text \(index) is not UTF-8")
      }
      texts.append(text)
    }
    return texts
  }

  /// All elements, which are texts of variable length along one axis.
  private func variableTexts() throws(CheckpointError) -> [String] {
    // A text is stored as its length and a reference to where it is.
    try checkStorage(elementByteCount: 16)
    guard elementCount > 0 else { return [] }
    let limit = ReadingLimits.textByteCount
    guard
      let all = try hdf5(file, { () throws(HDF5Error) in try dataset.variableTexts(count: elementCount, limit: limit) })
    else { throw invalid("more than \(limit >> 20) MiB of text") }
    var texts: [String] = []
    for (index, bytes) in all.enumerated() {
      guard bytes.count <= ReadingLimits.attributeByteCount else {
        throw invalid("text \(index) is of \(bytes.count) bytes")
      }
      guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid("text \(index) is not UTF-8") }
      texts.append(text)
    }
    return texts
  }
}
