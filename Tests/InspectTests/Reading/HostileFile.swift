import CHDF5
import Checkpoint
import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// A good checkpoint made to attack its reader, by HDF5's own calls.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What the one line on standard error tells besides the file.
  let complaint: String
  /// Turns the good file at a path into a hostile one; a second path is a file that must not be opened.
  private let spoil: @Sendable (_ path: String, _ secret: String) throws -> Void

  /// `spoil` gets an open file, where `edit` does not say otherwise.
  private init(
    _ name: String, _ complaint: String, file spoil: @escaping @Sendable (String, String) throws -> Void
  ) {
    self.testDescription = name
    self.complaint = complaint
    self.spoil = spoil
  }

  private init(_ name: String, _ complaint: String, _ edit: @escaping @Sendable (hid_t, String) throws -> Void) {
    self.init(name, complaint) { path, secret in
      // No locks, which a process that is just being started may still hold; whatever is open is closed with the file.
      let access = H5Pcreate(gp_file_access())
      H5Pset_file_locking(access, false, true)
      H5Pset_fclose_degree(access, H5F_CLOSE_STRONG)
      let file = H5Fopen(path, gp_read_write(), access)
      try #require(file >= 0)
      try edit(file, secret)
      H5Fclose(file)
    }
  }

  /// Makes the file `name` in `scratch`, beside a good one that it must not lead to; returns its path.
  func make(_ name: String = "hostile.h5", in scratch: Scratch) throws -> String {
    let path = scratch(name)
    let secret = scratch("secret.h5")
    try writeSmall(to: secret)
    try writeSmall(to: path)
    try spoil(path, secret)
    return path
  }

  /// Replaces the dataset `name` by a new one of `type` and `extents`, made by `creation`.
  private static func replace(
    _ name: String, in file: hid_t, type: hid_t, extents: [UInt64], then: (hid_t) -> Void = { _ in },
    creation configure: (hid_t) -> Void = { _ in }
  ) {
    H5Ldelete(file, name, gp_default())
    let creation = H5Pcreate(gp_dataset_creation())
    configure(creation)
    let space = H5Screate_simple(Int32(extents.count), extents, nil)
    let dataset = H5Dcreate2(file, name, type, space, gp_default(), creation, gp_default())
    then(dataset)
    H5Dclose(dataset)
    H5Sclose(space)
    H5Pclose(creation)
  }

  private static func variableText() -> hid_t {
    let type = H5Tcopy(gp_c_s1())
    H5Tset_size(type, Int(bitPattern: UInt.max))
    return type
  }

  /// Adds names of groups of minibatches and the group of each of the three.
  private static func addGroups(to file: hid_t, names: [String]?, ids: [Int64]?) {
    if let names {
      H5Gclose(H5Gcreate2(file, "groups", gp_default(), gp_default(), gp_default()))
      let type = H5Tcopy(gp_c_s1())
      H5Tset_size(type, 8)
      let bytes = names.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: 8 - $0.utf8.count) }
      add("groups/name", to: file, type: type, count: names.count, bytes: bytes)
    }
    if let ids {
      let bytes = ids.flatMap { withUnsafeBytes(of: $0, Array.init) }
      add("minibatches/group", to: file, type: gp_native_int64(), count: ids.count, bytes: bytes)
    }
  }

  private static func add(_ name: String, to file: hid_t, type: hid_t, count: Int, bytes: [UInt8]) {
    let space = H5Screate_simple(1, [UInt64(count)], nil)
    let dataset = H5Dcreate2(file, name, type, space, gp_default(), gp_default(), gp_default())
    H5Dwrite(dataset, type, gp_all(), gp_all(), gp_default(), bytes)
    H5Dclose(dataset)
    H5Sclose(space)
  }

  /// Replaces the names of tensors by `count` texts of variable length.
  private static func replaceNames(in file: hid_t, count: Int, byteCount: Int) {
    let text = strdup(String(repeating: "w", count: byteCount))
    replace("tensors/name", in: file, type: variableText(), extents: [UInt64(count)]) { dataset in
      H5Dwrite(
        dataset, variableText(), gp_all(), gp_all(), gp_default(),
        [UnsafeMutablePointer<CChar>?](repeating: text, count: count))
    }
    free(text)
  }

  private static func replaceAttribute(_ name: String, of object: hid_t, type: hid_t, count: UInt64, value: [UInt8]) {
    H5Adelete(object, name)
    let space = H5Screate_simple(1, [count], nil)
    let attribute = H5Acreate2(object, name, type, space, gp_default(), gp_default())
    H5Awrite(attribute, type, value)
    H5Aclose(attribute)
    H5Sclose(space)
  }

  /// Replaces the dataset `name` by one of `extents` that holds zeros of `size` bytes each, deflated to next to nothing.
  private static func replaceWithZeros(_ name: String, in file: hid_t, type: hid_t, size: Int, extents: [UInt64]) {
    let zeros = [UInt8](repeating: 0, count: size * Int(extents.reduce(1, *)))
    replace(name, in: file, type: type, extents: extents) { dataset in
      H5Dwrite(dataset, type, gp_all(), gp_all(), gp_default(), zeros)
    } creation: { creation in
      H5Pset_chunk(creation, Int32(extents.count), extents)
      H5Pset_deflate(creation, 1)
    }
  }

  private static func text(byteCount: Int) -> hid_t {
    let type = H5Tcopy(gp_c_s1())
    H5Tset_size(type, byteCount)
    return type
  }

  static let all: [HostileFile] = [
    HostileFile("external link", "/gradients: refused: a link") { file, secret in
      H5Ldelete(file, "gradients", gp_default())
      H5Lcreate_external(secret, "/gradients", file, "gradients", gp_default(), gp_default())
    },
    HostileFile("soft link", "/gradients: refused: a link") { file, _ in
      H5Ldelete(file, "gradients", gp_default())
      H5Lcreate_soft("/fisher/exact/factors", file, "gradients", gp_default(), gp_default())
    },
    HostileFile("external raw data", "/gradients: refused: its data are in other files") { file, secret in
      replace(
        "gradients", in: file, type: gp_ieee_f32le(), extents: [3, 18],
        creation: { creation in
          H5Pset_external(creation, secret, 0, 3 * 18 * 4)
        })
    },
    HostileFile("virtual dataset", "/gradients: refused: layout is virtual") { file, secret in
      let space = H5Screate_simple(2, [3, 18] as [UInt64], nil)
      replace(
        "gradients", in: file, type: gp_ieee_f32le(), extents: [3, 18],
        creation: { creation in
          H5Pset_virtual(creation, space, secret, "/gradients", space)
        })
    },
    HostileFile("groups without ids", "/groups/name: /minibatches/group is missing") { file, _ in
      addGroups(to: file, names: ["a", "b"], ids: nil)
    },
    HostileFile("ids without groups", "/minibatches/group: /groups/name is missing") { file, _ in
      addGroups(to: file, names: nil, ids: [0, 1, 0])
    },
    HostileFile("a group that is not there", "/minibatches/group: row 2 is 7") { file, _ in
      addGroups(to: file, names: ["a", "b"], ids: [0, 1, 7])
    },
    HostileFile("a group without minibatches", "/groups/name: \"b\" has no minibatch") { file, _ in
      addGroups(to: file, names: ["a", "b"], ids: [0, 0, 0])
    },
    HostileFile("a group's name twice", "/groups/name: \"a\" stands twice") { file, _ in
      addGroups(to: file, names: ["a", "a"], ids: [0, 1, 0])
    },
    HostileFile("too few groups' ids", "/minibatches/group: 2 values for 3 rows") { file, _ in
      addGroups(to: file, names: ["a", "b"], ids: [0, 1])
    },
    HostileFile("plugin filter", "/gradients: refused: filter 32000") { file, _ in
      replace(
        "gradients", in: file, type: gp_ieee_f32le(), extents: [3, 18],
        creation: { creation in
          H5Pset_chunk(creation, 2, [1, 18] as [UInt64])
          H5Pset_filter(creation, 32_000, 1, 0, nil)
        })
    },
    HostileFile("huge extents", "/gradients: nothing is stored") { file, _ in
      replace(
        "gradients", in: file, type: gp_ieee_f32le(), extents: [3, 1 << 60],
        creation: { creation in
          H5Pset_layout(creation, H5D_CHUNKED)
          H5Pset_chunk(creation, 2, [1, 1 << 20] as [UInt64])
        })
    },
    HostileFile("compression bomb", "/gradients: refused: ") { file, _ in
      let chunk = [Float](repeating: 0, count: 1 << 20)
      replace("gradients", in: file, type: gp_ieee_f32le(), extents: [3, 1 << 40]) { dataset in
        let space = H5Dget_space(dataset)
        H5Sselect_hyperslab(space, H5S_SELECT_SET, [0, 0] as [UInt64], nil, [1, 1 << 20] as [UInt64], nil)
        let memory = H5Screate_simple(2, [1, 1 << 20] as [UInt64], nil)
        H5Dwrite(dataset, gp_ieee_f32le(), memory, space, gp_default(), chunk)
      } creation: { creation in
        H5Pset_chunk(creation, 2, [1, 1 << 20] as [UInt64])
        H5Pset_deflate(creation, 9)
      }
    },
    HostileFile("huge chunks", "/gradients: refused: chunks larger than") { file, _ in
      replace("gradients", in: file, type: gp_ieee_f32le(), extents: [3, 1 << 26]) { dataset in
        let space = H5Dget_space(dataset)
        H5Sselect_hyperslab(space, H5S_SELECT_SET, [0, 0] as [UInt64], nil, [1, 1] as [UInt64], nil)
        let memory = H5Screate_simple(1, [1] as [UInt64], nil)
        H5Dwrite(dataset, gp_ieee_f32le(), memory, space, gp_default(), [Float(1)])
      } creation: { creation in
        H5Pset_chunk(creation, 2, [1, 1 << 26] as [UInt64])
        H5Pset_deflate(creation, 1)
      }
    },
    HostileFile("many losses", "/minibatches/loss: refused: more than 1048576 values") { file, _ in
      replaceWithZeros("minibatches/loss", in: file, type: gp_ieee_f64le(), size: 8, extents: [1 << 22])
    },
    HostileFile("many tensors", "/tensors/name: refused: more than 1048576 values") { file, _ in
      replaceWithZeros("tensors/name", in: file, type: text(byteCount: 1), size: 1, extents: [1 << 23])
    },
    HostileFile("long names", "/tensors/name: more than 8 MiB of text") { file, _ in
      replaceWithZeros("tensors/name", in: file, type: text(byteCount: 4_096), size: 4_096, extents: [4_096])
    },
    HostileFile("shapes of many axes", "/tensors/shape: refused: more than 1048576 values") { file, _ in
      replaceWithZeros("tensors/shape", in: file, type: gp_std_i64le(), size: 8, extents: [2, 1 << 21])
    },
    HostileFile("sizes beyond 63 bits", "/minibatches/size: it holds a number of 2⁶³ or more") { file, _ in
      replace("minibatches/size", in: file, type: gp_native_uint64(), extents: [3]) { dataset in
        H5Dwrite(dataset, gp_native_uint64(), gp_all(), gp_all(), gp_default(), [UInt64](repeating: .max, count: 3))
      }
    },
    HostileFile("step beyond 63 bits", "attribute step: it is 2⁶³ or more") { file, _ in
      let value = [UInt8](repeating: 255, count: 8)
      replaceAttribute("step", of: file, type: gp_native_uint64(), count: 1, value: value)
    },
    HostileFile("link cycle", "refused: an object with several names") { file, _ in
      H5Lcreate_hard(file, "/", file, "fisher/again", gp_default(), gp_default())
    },
    HostileFile("two names", "refused: an object with several names") { file, _ in
      H5Lcreate_hard(file, "gradients", file, "gradients2", gp_default(), gp_default())
    },
    HostileFile("deep nesting", "deeper than 8") { file, _ in
      var group = H5Gcreate2(file, "deep", gp_default(), gp_default(), gp_default())
      for _ in 0..<3_000 { group = H5Gcreate2(group, "d", gp_default(), gp_default(), gp_default()) }
    },
    HostileFile("many objects", "more than 1024 links") { file, _ in
      for index in 0..<3_000 {
        H5Gclose(H5Gcreate2(file, "object\(index)", gp_default(), gp_default(), gp_default()))
      }
    },
    HostileFile("committed datatype", "/type: refused: neither a group nor a dataset") { file, _ in
      H5Tcommit2(file, "type", H5Tcopy(gp_ieee_f32le()), gp_default(), gp_default(), gp_default())
    },
    HostileFile("name that is not UTF-8", "refused: a name that is not UTF-8") { file, _ in
      let name: [CChar] = [CChar(bitPattern: 0xff), CChar(bitPattern: 0xfe), 0]
      H5Gcreate2(file, name, gp_default(), gp_default(), gp_default())
    },
    HostileFile("big attribute", "attribute run: 60000 bytes long") { file, _ in
      let type = H5Tcopy(gp_c_s1())
      H5Tset_size(type, 60_000)
      replaceAttribute("run", of: file, type: type, count: 1, value: [UInt8](repeating: 65, count: 60_000))
    },
    HostileFile("attribute of many values", "attribute step: a single value is needed") { file, _ in
      let value = [UInt8](repeating: 0, count: 8 * 1_000)
      replaceAttribute("step", of: file, type: gp_std_i64le(), count: 1_000, value: value)
    },
    HostileFile("long attribute of variable length", "attribute format: more than 4096 bytes long") { file, _ in
      H5Adelete(file, "format")
      let space = H5Screate(H5S_SCALAR)
      let type = variableText()
      let attribute = H5Acreate2(file, "format", type, space, gp_default(), gp_default())
      let text = strdup(String(repeating: "gradient-probe", count: 10_000))
      _ = withUnsafePointer(to: text) { H5Awrite(attribute, type, $0) }
      free(text)
      H5Aclose(attribute)
    },
    HostileFile("metric that is text", "/metrics: attribute note: it is text") { file, _ in
      let metrics = H5Gopen2(file, "metrics", gp_default())
      let type = H5Tcopy(gp_c_s1())
      H5Tset_size(type, 4)
      replaceAttribute("note", of: metrics, type: type, count: 1, value: [65, 66, 67, 68])
      H5Gclose(metrics)
    },
    HostileFile("checksums of another width", "/checksums: attribute tile_width: 8192 is not 16384") { file, _ in
      let checksums = H5Gopen2(file, "checksums", gp_default())
      replaceAttribute(
        "tile_width", of: checksums, type: gp_std_i64le(), count: 1, value: [0, 32, 0, 0, 0, 0, 0, 0])
      H5Gclose(checksums)
    },
    HostileFile("references for losses", "/minibatches/loss: it is references, not numbers") { file, _ in
      replace("minibatches/loss", in: file, type: gp_reference(), extents: [3])
    },
    HostileFile("long variable texts for names", "/tensors/name: text 0 is of 5000 bytes") { file, _ in
      replaceNames(in: file, count: 2, byteCount: 5_000)
    },
    HostileFile("many long variable texts for names", "/tensors/name: more than 8 MiB of text") { file, _ in
      replaceNames(in: file, count: 1_000, byteCount: 10_000)
    },
    HostileFile("no variable texts for names", "/tensors/name: nothing is stored") { file, _ in
      replace("tensors/name", in: file, type: variableText(), extents: [2])
    },
    HostileFile("variable text for losses", "/minibatches/loss: text of variable length") { file, _ in
      replace("minibatches/loss", in: file, type: variableText(), extents: [3])
    },
    HostileFile("sequences for gradients", "/gradients: it is a sequence of variable length") { file, _ in
      replace("gradients", in: file, type: H5Tvlen_create(gp_ieee_f32le()), extents: [3, 18])
    },
    HostileFile("integers for gradients", "/gradients: it is an integer, not floating-point numbers") { file, _ in
      replace("gradients", in: file, type: gp_std_i64le(), extents: [3, 18])
    },
    HostileFile("three axes", "/gradients: 3 axes, not 2") { file, _ in
      replace("gradients", in: file, type: gp_ieee_f32le(), extents: [3, 9, 2])
    },
    HostileFile("group for gradients", "/gradients: a dataset is needed") { file, _ in
      H5Ldelete(file, "gradients", gp_default())
      H5Gclose(H5Gcreate2(file, "gradients", gp_default(), gp_default(), gp_default()))
    },
    HostileFile("everything missing", "missing: attribute format") { file, _ in
      for name in ["format", "run", "step"] { H5Adelete(file, name) }
    },
    HostileFile("much missing", "missing: attribute run, attribute step, /minibatches/size") { file, _ in
      for name in ["run", "step"] { H5Adelete(file, name) }
      H5Ldelete(file, "minibatches/size", gp_default())
    },
    HostileFile("terminal control codes", #""\u{1b}[2J""#) { file, _ in
      let type = H5Tcopy(gp_c_s1())
      H5Tset_size(type, 4)
      replaceAttribute("format", of: file, type: type, count: 1, value: [0x1b, 0x5b, 0x32, 0x4a])
    },
    HostileFile("an index without its shards", "missing: /shards/file, /shards/offset") { file, _ in
      replaceAttribute("format_version", of: file, type: gp_std_i64le(), count: 1, value: [2, 0, 0, 0, 0, 0, 0, 0])
    },
    HostileFile("newer version", "format version 3 is newer than this program") { file, _ in
      replaceAttribute("format_version", of: file, type: gp_std_i64le(), count: 1, value: [3, 0, 0, 0, 0, 0, 0, 0])
    },
    HostileFile("cut short", "truncated: ") { path, _ in
      let data = try bytes(of: path)
      try data.prefix(data.count / 2).write(to: URL(filePath: path))
    },
    HostileFile("cut to its head", "truncated: ") { path, _ in
      try bytes(of: path).prefix(600).write(to: URL(filePath: path))
    },
    HostileFile("empty", "not an HDF5 file") { path, _ in try Data().write(to: URL(filePath: path)) },
    HostileFile("text", "not an HDF5 file") { path, _ in
      try Data(String(repeating: "This is no checkpoint.\n", count: 100).utf8).write(to: URL(filePath: path))
    },
    HostileFile("signature alone", "HDF5 superblock") { path, _ in
      try (bytes(of: path).prefix(8) + Data(repeating: 255, count: 4_096)).write(to: URL(filePath: path))
    },
    HostileFile("FIFO", "not a regular file") { path, _ in
      try FileManager.default.removeItem(atPath: path)
      try #require(mkfifo(path, 0o600) == 0)
    },
    HostileFile("device", "not a regular file") { path, _ in
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
    },
    HostileFile("directory", "no checkpoint files") { path, _ in
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    },
  ]
}
