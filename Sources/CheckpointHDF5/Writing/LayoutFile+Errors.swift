internal import Checkpoint
internal import HDF5

extension LayoutFile {
  /// What `body` makes by laying out the file `path` in memory; its errors are told as that file's.
  static func layingOut<Result: ~Copyable>(
    _ path: String, _ body: () throws -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch let error as HDF5Error {
      throw CheckpointError(file: path, cause: .hdf5(error.description))
    } catch let error as SystemError {
      throw CheckpointError(
        file: path, cause: .system(operation: error.operation, errno: error.code, message: error.message))
    } catch {
      throw CheckpointError(file: path, cause: .hdf5("\(error)"))
    }
  }

  /// All bytes of the file `path`, a small one, of which `lay` makes everything.
  static func bytes(
    of path: String, _ lay: (borrowing File) throws(HDF5Error) -> Void
  ) throws(CheckpointError) -> [UInt8] {
    try layingOut(path) {
      let image = try LayoutFile()
      let file = try File.create(at: image.path, alignment: Skeleton.alignment, threshold: Skeleton.alignment)
      try lay(file)
      try file.close()
      return try image.read(0..<image.byteCount)
    }
  }
}
