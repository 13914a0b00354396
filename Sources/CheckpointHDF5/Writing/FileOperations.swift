/// What the writer asks of the operating system, one closure a call, so that tests can make any of them fail.
public struct FileOperations: Sendable {
  /// Opens an empty file for reading and writing, locked against other writers: `(path) -> descriptor`.
  public var create: @Sendable (String) throws(SystemError) -> Int32
  /// Opens an empty file without a name in a directory, gone when it is closed: `(directory) -> descriptor`.
  public var createUnnamed: @Sendable (String) throws(SystemError) -> Int32
  /// Writes some bytes at an offset and returns how many: `(descriptor, bytes, offset) -> count`. (pwrite)
  public var write: @Sendable (Int32, UnsafeRawBufferPointer, Int) throws(SystemError) -> Int
  /// Waits until a file is on the disk: `(descriptor)`. (fsync)
  public var synchronize: @Sendable (Int32) throws(SystemError) -> Void
  /// Gives a file its final name, which must not be taken: `(from, to)`. (rename)
  public var publish: @Sendable (String, String) throws(SystemError) -> Void
  /// Waits until a directory's names are on the disk: `(directory)`. (fsync)
  public var synchronizeDirectory: @Sendable (String) throws(SystemError) -> Void
  /// Removes a file: `(path)`. (unlink)
  public var remove: @Sendable (String) throws(SystemError) -> Void
  /// The most bytes that a file of this process may have; nil where there is no limit. A write beyond it would not only
  /// fail: it sends SIGXFSZ, which ends the process. (getrlimit)
  public var sizeLimit: @Sendable () -> Int?
  /// Bytes that this user may still write to the file system of a path; nil where that is not known. (statvfs)
  public var availableBytes: @Sendable (String) -> Int?

  /// The calls, each by a closure.
  public init(
    create: @escaping @Sendable (String) throws(SystemError) -> Int32,
    createUnnamed: @escaping @Sendable (String) throws(SystemError) -> Int32,
    write: @escaping @Sendable (Int32, UnsafeRawBufferPointer, Int) throws(SystemError) -> Int,
    synchronize: @escaping @Sendable (Int32) throws(SystemError) -> Void,
    publish: @escaping @Sendable (String, String) throws(SystemError) -> Void,
    synchronizeDirectory: @escaping @Sendable (String) throws(SystemError) -> Void,
    remove: @escaping @Sendable (String) throws(SystemError) -> Void,
    sizeLimit: @escaping @Sendable () -> Int?,
    availableBytes: @escaping @Sendable (String) -> Int?
  ) {
    self.create = create
    self.createUnnamed = createUnnamed
    self.write = write
    self.synchronize = synchronize
    self.publish = publish
    self.synchronizeDirectory = synchronizeDirectory
    self.remove = remove
    self.sizeLimit = sizeLimit
    self.availableBytes = availableBytes
  }
}
