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

  @Test("text attributes of variable length, as h5py writes them, are read")
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
}
