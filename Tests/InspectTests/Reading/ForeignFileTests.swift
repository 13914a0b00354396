import CHDF5
import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

@Suite("Files as other programs write them") struct ForeignFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func numbers(_ path: String, isVerified: Bool = true) throws -> String {
    let outcome = Command.inspect.run([path, "--format", "csv"], in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    // All but the file's name.
    return outcome.output.replacingOccurrences(of: path, with: "FILE")
  }

  /// The file to be altered, without locks, which a process that is just being started may still hold.
  private func open(_ path: String) -> hid_t {
    let access = H5Pcreate(gp_file_access())
    H5Pset_file_locking(access, false, true)
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG)
    return H5Fopen(path, gp_read_write(), access)
  }

  private func setInteger(_ name: String, to value: Int64, of file: hid_t) {
    let space = H5Screate(H5S_SCALAR)
    let attribute = H5Acreate2(file, name, gp_std_i64le(), space, gp_default(), gp_default())
    _ = withUnsafePointer(to: value) { H5Awrite(attribute, gp_native_int64(), $0) }
  }

  @Test("a writer may say that the file lacks rows, and nothing else by that attribute", arguments: [nil, 0, 1, 2])
  func partial(value: Int64?) throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    if let value {
      let file = open(path)
      setInteger("partial", to: value, of: file)
      H5Fclose(file)
    }
    if value == 2 {
      let outcome = Command.inspect.run([path], in: scratch)
      #expect(outcome.status == 1 && outcome.errors.contains("attribute partial: it is 2, not 0 or 1"))
    } else {
      let description = try CheckpointReader.describe(path)
      #expect(description.isPartial == (value == 1) && description.checksums != nil)
    }
  }

  @Test("checksums that are announced and missing are a fault; files from before the announcement are read")
  func announcedChecksums() throws {
    for (name, isAnnounced, isThere) in [("both", true, true), ("older", false, true), ("without", false, false)] {
      try writeSmall(to: scratch(name))
      let file = open(scratch(name))
      if !isAnnounced { H5Adelete(file, "checksums") }
      if !isThere { H5Ldelete(file, "checksums", gp_default()) }
      H5Fclose(file)
      #expect(try (CheckpointReader.describe(scratch(name)).checksums != nil) == isThere)
    }
    try writeSmall(to: scratch("a.h5"))
    let file = open(scratch("a.h5"))
    H5Ldelete(file, "checksums", gp_default())
    H5Fclose(file)
    for command in [[scratch("a.h5")], ["validate", scratch("a.h5")]] {
      let outcome = Command.inspect.run(command, in: scratch)
      #expect(outcome.status == 1)
      #expect((outcome.output + outcome.errors).contains("/checksums: missing, though the root group's attribute"))
    }
  }

  @Test("what only a newer HDF5 reads is named with the remedy")
  func newerLayout() throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    guard case .contiguous(let offset) = try CheckpointReader.describe(path).gradients.storage else {
      throw CocoaError(.fileReadUnknown)
    }
    // The dataset's layout message: version 3, contiguous, its address and size. HDF5 2.0 has a version 5.
    let numbers = [UInt64(offset), 3 * 18 * 4].flatMap { number in
      withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    var content = try bytes(of: path)
    let places = content.ranges(of: Data([3, 1] + numbers))
    #expect(places.count == 1)
    content[try #require(places.first).lowerBound] = 5
    try content.write(to: URL(filePath: path))
    let outcome = Command.inspect.run([path], in: scratch)
    #expect(outcome.status == 1 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("/gradients: it is stored as only a newer HDF5 reads it"))
    #expect(outcome.errors.contains("h5repack") && outcome.errors.contains("libver='earliest'"))
  }

  @Test("a text of variable length fills no memory, however long it is")
  func hugeText() throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let file = open(path)
    H5Adelete(file, "format")
    let type = H5Tcopy(gp_c_s1())
    H5Tset_size(type, Int(bitPattern: UInt.max))
    let attribute = H5Acreate2(file, "format", type, H5Screate(H5S_SCALAR), gp_default(), gp_default())
    let byteCount = 160 << 20
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: byteCount + 1)
    text.initialize(repeating: 65, count: byteCount)
    text[byteCount] = 0
    _ = withUnsafePointer(to: text) { H5Awrite(attribute, type, $0) }
    text.deallocate()
    H5Fclose(file)
    let outcome = Command.inspect.run([path], in: scratch)
    #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.peakMemory < Command.memoryLimit, "\(outcome.peakMemory >> 20) MiB")
  }

  /// Replaces `/gradients` of `file` by chunks of one row of which `rows` are written.
  private func chunkGradients(of file: hid_t, writing rows: [Int]) {
    H5Ldelete(file, "gradients", gp_default())
    let creation = H5Pcreate(gp_dataset_creation())
    H5Pset_chunk(creation, 2, [1, 18] as [UInt64])
    let space = H5Screate_simple(2, [3, 18] as [UInt64], nil)
    let dataset = H5Dcreate2(file, "gradients", gp_ieee_f32le(), space, gp_default(), creation, gp_default())
    let row = H5Screate_simple(2, [1, 18] as [UInt64], nil)
    for index in rows {
      H5Sselect_hyperslab(space, H5S_SELECT_SET, [UInt64(index), 0], nil, [1, 18], nil)
      H5Dwrite(dataset, gp_ieee_f32le(), row, space, gp_default(), smallRow(index, of: .gradients))
    }
  }

  @Test("chunks that were never written are noted", arguments: [[0, 1, 2], [0, 2], [1]])
  func unwrittenChunks(rows: [Int]) throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let file = open(path)
    chunkGradients(of: file, writing: rows)
    H5Ldelete(file, "checksums", gp_default())
    H5Adelete(file, "checksums")
    H5Fclose(file)
    let outcome = Command.inspect.run(["validate", path], in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let note = "/gradients: \(3 - rows.count) of 3 chunks were never written"
    #expect(outcome.output.contains(note) == (rows.count < 3))
    #expect(outcome.output.contains("chunks were never written") == (rows.count < 3))
  }

  @Test("names of tensors are told apart by their bytes, as the file does")
  func normalisation() throws {
    var header = smallHeader()
    header.tensors = [TensorLayout("b\u{ef}as", shape: [15]), TensorLayout("bi\u{308}as", shape: [3])].columns
    #expect(header.tensors[0].name == header.tensors[1].name)
    try writeSmall(header, to: scratch("a.h5"))
    let outcome = Command.inspect.run([scratch("a.h5"), "--format", "csv"], in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for tensor in header.tensors {
      #expect(Array(outcome.output.utf8).ranges(of: Array(",\(tensor.name),kl,".utf8)).count == 1)
    }
    header.tensors = [TensorLayout("w", shape: [15]), TensorLayout("w", shape: [3])].columns
    #expect(throws: CheckpointError.self) { try writeSmall(header, to: scratch("b.h5")) }
  }

  /// Overwrites the first number of `row` of `/gradients`.
  private func spoil(row: UInt64, of file: hid_t, by value: Float) {
    let dataset = H5Dopen2(file, "gradients", gp_default())
    let space = H5Dget_space(dataset)
    H5Sselect_elements(space, H5S_SELECT_SET, 1, [row, 0] as [UInt64])
    let single = H5Screate(H5S_SCALAR)
    _ = withUnsafePointer(to: value) { H5Dwrite(dataset, gp_ieee_f32le(), single, space, gp_default(), $0) }
    H5Dclose(dataset)
  }

  @Test("a row that is not finite is refused, or left out where that is asked for", arguments: [true, false])
  func nonFinite(hasChecksums: Bool) throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let file = open(path)
    spoil(row: 1, of: file, by: .nan)
    if !hasChecksums {
      H5Ldelete(file, "checksums", gp_default())
      H5Adelete(file, "checksums")
    }
    H5Fclose(file)
    let outcome = Command.inspect.run([path, "--format", "json", "--leave-out-non-finite"], in: scratch)
    guard !hasChecksums else {
      // Damage is no reason to leave a row out.
      #expect(outcome.status == 1 && outcome.errors.contains("/gradients, row 1, columns 0 to 17: damaged"))
      return
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(#""code": "rows_left_out""#) && outcome.output.contains(#""minibatches": 2"#))
    #expect(outcome.output.contains("row 1 of /gradients; 2 more of /fisher/exact/factors, of the same minibatches."))
    let refused = Command.inspect.run([path], in: scratch)
    #expect(refused.status == 1 && refused.errorLines.count == 1)
    #expect(refused.errors.contains("/gradients: row 1 holds a value that is not finite (--leave-out-non-finite"))
  }

  /// A floating-point type of two bytes with eight bits of exponent.
  private func brain16(isLittleEndian: Bool) -> hid_t {
    let type = H5Tcopy(gp_ieee_f32le())
    H5Tset_fields(type, 15, 7, 8, 0, 7)
    H5Tset_size(type, 2)
    H5Tset_ebias(type, 127)
    if !isLittleEndian { H5Tset_order(type, H5T_ORDER_BE) }
    return type
  }

  @Test("bfloat16 as a floating-point type is read as it is stored", arguments: [true, false], [true, false])
  func brain16(isLittleEndian: Bool, isChunked: Bool) throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let file = open(path)
    for name in ["gradients", "checksums"] { H5Ldelete(file, name, gp_default()) }
    H5Adelete(file, "checksums")
    let type = brain16(isLittleEndian: isLittleEndian)
    let space = H5Screate_simple(2, [3, 18] as [UInt64], nil)
    let creation = H5Pcreate(gp_dataset_creation())
    if isChunked { H5Pset_chunk(creation, 2, [2, 5] as [UInt64]) }
    let dataset = H5Dcreate2(file, "gradients", type, space, gp_default(), creation, gp_default())
    let rows = (0..<3).map { smallRow($0, of: .gradients) }
    H5Dwrite(dataset, gp_ieee_f32le(), gp_all(), gp_all(), gp_default(), rows.flatMap { $0 })
    H5Fclose(file)
    let gradients = try CheckpointReader.open(path).gradients()
    #expect(gradients.elementType == .bfloat16)
    var bits = [UInt16](repeating: 0, count: 3 * 18)
    var span = bits.mutableSpan
    var bytes = span.mutableBytes
    try gradients.copy(rows: 0..<3, columns: 0..<18, to: &bytes, rowStride: 36)
    #expect(bits == rows.flatMap { $0.map { UInt16($0.bitPattern >> 16) } })
  }

  @Test("bfloat16 as opaque bytes is refused with the remedy")
  func opaque() throws {
    let path = scratch("a.h5")
    try writeSmall(to: path)
    let file = open(path)
    H5Ldelete(file, "gradients", gp_default())
    let type = H5Tcreate(H5T_OPAQUE, 2)
    let space = H5Screate_simple(2, [3, 18] as [UInt64], nil)
    let dataset = H5Dcreate2(file, "gradients", type, space, gp_default(), gp_default(), gp_default())
    H5Dwrite(dataset, type, gp_all(), gp_all(), gp_default(), [UInt16](repeating: 0x3f80, count: 3 * 18))
    H5Fclose(file)
    let outcome = Command.inspect.run([path], in: scratch)
    #expect(outcome.status == 1 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(#"store array.view("uint16") and give the dataset the attribute encoding"#))
  }

  @Test("texts of variable length, as h5py writes them, are read")
  func variableText() throws {
    try writeSmall(to: scratch("fixed.h5"))
    let expected = try numbers(scratch("fixed.h5"))
    try FileManager.default.copyItem(atPath: scratch("fixed.h5"), toPath: scratch("variable.h5"))
    let file = open(scratch("variable.h5"))
    for (name, value) in [("format", "gradient-probe"), ("sampling", "fixed")] {
      H5Adelete(file, name)
      let type = H5Tcopy(gp_c_s1())
      H5Tset_size(type, Int(bitPattern: UInt.max))
      let space = H5Screate(H5S_SCALAR)
      let attribute = H5Acreate2(file, name, type, space, gp_default(), gp_default())
      let text = strdup(value)
      _ = withUnsafePointer(to: text) { H5Awrite(attribute, type, $0) }
      free(text)
      H5Aclose(attribute)
      H5Sclose(space)
      H5Tclose(type)
    }
    H5Ldelete(file, "tensors/name", gp_default())
    let type = H5Tcopy(gp_c_s1())
    H5Tset_size(type, Int(bitPattern: UInt.max))
    let space = H5Screate_simple(1, [2] as [UInt64], nil)
    let names = H5Dcreate2(file, "tensors/name", type, space, gp_default(), gp_default(), gp_default())
    let texts = smallHeader().tensors.map { strdup($0.name) }
    H5Dwrite(names, type, gp_all(), gp_all(), gp_default(), texts)
    for text in texts { free(text) }
    H5Fclose(file)
    #expect(try numbers(scratch("variable.h5")) == expected)
  }

  @Test("a block of the user's own may stand before the file", arguments: [512, 1_024, 8_192])
  func userBlock(size: Int) throws {
    try writeSmall(to: scratch("plain.h5"))
    let expected = try numbers(scratch("plain.h5"))
    let content = Data(repeating: 7, count: size) + (try bytes(of: scratch("plain.h5")))
    try content.write(to: URL(filePath: scratch("block.h5")))
    #expect(try numbers(scratch("block.h5")) == expected)
  }

  @Test(
    "a dataset of another form in the place of hashes is passed over where the file has no checksum of them",
    arguments: [false, true])
  func otherHashes(hasChecksum: Bool) throws {
    let path = scratch("a.h5")
    var header = smallHeader()
    if hasChecksum { header.batchHashes = [1, 2, 3] }
    try writeSmall(header, to: path)
    let file = open(path)
    H5Ldelete(file, "minibatches/hash", gp_default())
    let space = H5Screate_simple(1, [2] as [UInt64], nil)
    H5Dclose(H5Dcreate2(file, "minibatches/hash", gp_std_i64le(), space, gp_default(), gp_default(), gp_default()))
    H5Fclose(file)
    if hasChecksum {
      let outcome = Command.inspect.run([path], in: scratch)
      #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
    } else {
      #expect(try CheckpointReader.describe(path).batchHashes == nil)
      #expect(try numbers(path).contains("euclidean.regret"))
    }
  }

  @Test(
    "a name and a configuration of another form are passed over where the file has no checksum of them",
    arguments: ["name", "configuration", "setting"], [false, true])
  func otherConfiguration(object: String, hasChecksum: Bool) throws {
    let path = scratch("a.h5")
    var header = smallHeader()
    if hasChecksum { header.configuration = RunConfiguration(name: "a run", values: ["lr": 0.1]) }
    try writeSmall(header, to: path)
    let file = open(path)
    switch object {
    case "name":
      H5Adelete(file, "name")
      setInteger("name", to: 3, of: file)
    case "configuration":
      H5Ldelete(file, "configuration", gp_default())
      let space = H5Screate(H5S_SCALAR)
      H5Dclose(H5Dcreate2(file, "configuration", gp_std_i64le(), space, gp_default(), gp_default(), gp_default()))
    default:
      H5Ldelete(file, "configuration", gp_default())
      let group = H5Gcreate2(file, "configuration", gp_default(), gp_default(), gp_default())
      let space = H5Screate_simple(1, [3] as [UInt64], nil)
      H5Aclose(H5Acreate2(group, "lr", gp_std_i64le(), space, gp_default(), gp_default()))
      H5Gclose(group)
    }
    H5Fclose(file)
    if hasChecksum {
      let outcome = Command.inspect.run([path], in: scratch)
      #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
    } else {
      #expect(try CheckpointReader.describe(path).configuration == RunConfiguration())
      #expect(try numbers(path).contains("euclidean.regret"))
    }
  }
}
