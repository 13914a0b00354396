import CHDF5
import Checkpoint
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

  @Test("text attributes of variable length, as h5py writes them, are read")
  func variableText() throws {
    try writeSmall(to: scratch("fixed.h5"))
    let expected = try numbers(scratch("fixed.h5"))
    try FileManager.default.copyItem(atPath: scratch("fixed.h5"), toPath: scratch("variable.h5"))
    let file = H5Fopen(scratch("variable.h5"), gp_read_write(), gp_default())
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
