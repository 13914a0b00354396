public import CheckpointHDF5
internal import Synchronization

/// File operations of the system that fail at will and are counted.
public final class FaultyOperations: Sendable {
  private struct State {
    var callCount = 0
    var failing: Range<Int>
    var code: Int32
    var shortWrites = false
  }

  private let state: Mutex<State>

  /// Calls number `failing` (0-based, over all kinds) fail with `code`.
  public init(failing: Range<Int>, code: Int32) { state = Mutex(State(failing: failing, code: code)) }

  /// Calls so far, but for those that only ask.
  public var callCount: Int { state.withLock { $0.callCount } }

  /// Throws if it is this call's turn.
  private func count(_ operation: String) throws(SystemError) {
    let code: Int32? = state.withLock { state in
      defer { state.callCount += 1 }
      return state.failing.contains(state.callCount) ? state.code : nil
    }
    if let code { throw SystemError(operation, code: code) }
  }

  /// The operations.
  public var operations: FileOperations {
    let system = FileOperations.system
    var faulty = system
    faulty.create = { [self] path throws(SystemError) in
      try count("open")
      return try system.create(path)
    }
    faulty.createUnnamed = { [self] path throws(SystemError) in
      try count("open of a spool file")
      return try system.createUnnamed(path)
    }
    faulty.write = { [self] descriptor, bytes, offset throws(SystemError) in
      try count("write")
      // As write(2) may: only a part, the rest in another call.
      let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(1, bytes.count / 2)))
      return try system.write(descriptor, part, offset)
    }
    faulty.synchronize = { [self] descriptor throws(SystemError) in
      try count("fsync")
      try system.synchronize(descriptor)
    }
    faulty.publish = { [self] from, to throws(SystemError) in
      try count("rename")
      try system.publish(from, to)
    }
    faulty.synchronizeDirectory = { [self] directory throws(SystemError) in
      try count("fsync")
      try system.synchronizeDirectory(directory)
    }
    return faulty
  }
}
