internal import Checkpoint
internal import HDF5

/// An HDF5 file whose links have all been looked at: nothing in it leads out of it, in circles or without end.
struct GuardedFile: ~Copyable {
  let path: String
  private let file: File
  private let root: Group
  /// What each absolute path of the file is.
  let objects: [String: ObjectInformation.Kind]

  /// Opens the file at `path`, which is known to be a regular file, and visits its links; `onOpen` is called in between.
  init(_ path: String, onOpen: () -> Void) throws(CheckpointError) {
    let file = try hdf5(path) { () throws(HDF5Error) in try File.open(at: path) }
    onOpen()
    let root = try hdf5(path) { () throws(HDF5Error) in try file.root() }
    var visit = LinkVisit(file: path)
    try visit.enter(root, at: "", depth: 1)
    self.path = path
    self.file = file
    self.root = root
    self.objects = visit.objects
  }

  /// Opens the file that `plain` is, by its name. `hardened` changes HDF5's state for the whole process: no plugins, no
  /// external links, no environment.
  static func open(
    _ plain: ReadOnlyFile, hardened: Bool, onOpen: () -> Void
  ) throws(CheckpointError) -> GuardedFile {
    let path = plain.path
    try Superblock.check(plain)
    if hardened { try hdf5(path) { () throws(HDF5Error) in try Hardening.apply() } }
    let file = try GuardedFile(path, onOpen: onOpen)
    guard try FileIdentity(of: file.descriptor(), path: path) == plain.identity else { throw .replaced(path) }
    return file
  }

  /// The descriptor that HDF5 reads from.
  func descriptor() throws(CheckpointError) -> Int32 {
    try hdf5(path) { () throws(HDF5Error) in try file.descriptor() }
  }

  /// Opens the group at the absolute `name`, `/` being the root; nil where there is none.
  func group(_ name: String) throws(CheckpointError) -> Group? {
    guard name == "/" || objects[name] == .group else {
      if objects[name] != nil { throw invalid(name, "a group is needed") }
      return nil
    }
    return try hdf5(path) { () throws(HDF5Error) in try root.group(name) }
  }

  /// Opens the dataset at the absolute `name`, if what it declares may be read; nil where there is none.
  func dataset(_ name: String) throws(CheckpointError) -> GuardedDataset? {
    guard let kind = objects[name] else { return nil }
    guard kind == .dataset else { throw invalid(name, "a dataset is needed") }
    let dataset: Dataset
    do throws(HDF5Error) { dataset = try root.dataset(name) } catch {
      // What newer libraries write where they are allowed the latest format.
      guard error.description.contains("bad version number") else {
        throw CheckpointError(file: path, cause: .hdf5("\(name): \(error.description)"))
      }
      throw invalid(
        name,
        "it is stored as only a newer HDF5 reads it (\(error.description)): rewrite the file by h5repack of that version "
          + "with --high=1, or write it with libver='earliest'")
    }
    return try GuardedDataset(dataset, name: name, file: path)
  }

  /// Throws where the datasets `names` that are there hold more than `limit` values together. None is read.
  func checkValues(of names: [String], limit: Int) throws(CheckpointError) {
    var room = limit
    for name in names {
      guard let dataset = try dataset(name) else { continue }
      guard dataset.elementCount <= room else {
        let reason = "more than \(limit) values in all, matrices and contiguous checksums aside"
        throw CheckpointError(file: path, cause: .refused(object: name, reason: reason))
      }
      room -= dataset.elementCount
    }
  }

  func invalid(_ object: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: path, cause: .invalid(object: object, reason: reason))
  }
}

/// Runs `body` and puts the name of the `file` to HDF5's errors.
func hdf5<Result: ~Copyable>(
  _ file: String, _ body: () throws(HDF5Error) -> Result
) throws(CheckpointError) -> Result {
  do {
    return try body()
  } catch {
    throw CheckpointError(file: file, cause: .hdf5(error.description))
  }
}
