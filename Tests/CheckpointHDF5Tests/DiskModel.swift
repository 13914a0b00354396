import CheckpointHDF5
import Foundation
import Synchronization

/// What a writer asked of the disk, in order, and the states in which a crash may leave the disk.
final class DiskLog: Sendable {
  enum Event: Sendable {
    /// A new, empty file gets a name.
    case create(file: Int, name: String)
    /// Bytes of a file change.
    case write(file: Int, bytes: Data, offset: Int)
    /// A file's bytes are on the disk.
    case synchronize(file: Int)
    /// A file gets another name.
    case rename(from: String, to: String)
    /// A directory's names are on the disk.
    case synchronizeDirectory
  }

  private struct State {
    var events: [Event] = []
    var files: [Int32: Int] = [:]
    var fileCount = 0
  }

  private let state = Mutex(State())

  /// What was asked so far.
  var events: [Event] { state.withLock { $0.events } }

  /// Operations of the system that are also logged.
  var operations: FileOperations {
    let system = FileOperations.system
    var logged = system
    logged.create = { [self] path throws(SystemError) in
      let descriptor = try system.create(path)
      state.withLock { state in
        state.files[descriptor] = state.fileCount
        state.events.append(.create(file: state.fileCount, name: path))
        state.fileCount += 1
      }
      return descriptor
    }
    logged.write = { [self] descriptor, bytes, offset throws(SystemError) in
      let count = try system.write(descriptor, bytes, offset)
      let data = Data(bytes.prefix(count))
      state.withLock { $0.events.append(.write(file: $0.files[descriptor]!, bytes: data, offset: offset)) }
      return count
    }
    logged.synchronize = { [self] descriptor throws(SystemError) in
      try system.synchronize(descriptor)
      state.withLock { $0.events.append(.synchronize(file: $0.files[descriptor]!)) }
    }
    logged.publish = { [self] from, to throws(SystemError) in
      try system.publish(from, to)
      state.withLock { $0.events.append(.rename(from: from, to: to)) }
    }
    logged.synchronizeDirectory = { [self] directory throws(SystemError) in
      try system.synchronizeDirectory(directory)
      state.withLock { $0.events.append(.synchronizeDirectory) }
    }
    return logged
  }
}

/// A disk after a crash.
struct DiskModel {
  private(set) var names: [String: Int] = [:]
  private(set) var contents: [Int: Data] = [:]

  /// The files by name.
  var files: [String: Data] { names.mapValues { contents[$0] ?? Data() } }

  /// The state when `events` have happened and the process is killed: the last write may be torn, nothing else is lost.
  static func killed<Generator: RandomNumberGenerator>(
    after events: ArraySlice<DiskLog.Event>, using generator: inout Generator
  ) -> DiskModel {
    var disk = DiskModel()
    for (index, event) in zip(events.indices, events) {
      if case .write(let file, let bytes, let offset) = event, index == events.endIndex - 1 {
        disk.write(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)), to: file, at: offset)
      } else {
        disk.apply(event)
      }
    }
    return disk
  }

  /// The state when `events` have happened and power is lost: of what was not waited for, any part may be there.
  static func withoutPower<Generator: RandomNumberGenerator>(
    after events: ArraySlice<DiskLog.Event>, using generator: inout Generator
  ) -> DiskModel {
    var lastSynchronized: [Int: Int] = [:]
    var directorySynchronized = -1
    for (index, event) in zip(events.indices, events) {
      switch event {
      case .synchronize(let file): lastSynchronized[file] = index
      case .synchronizeDirectory: directorySynchronized = index
      default: break
      }
    }
    var disk = DiskModel()
    for (index, event) in zip(events.indices, events) {
      switch event {
      case .write(let file, let bytes, let offset) where index > lastSynchronized[file] ?? -1:
        // A subset of the writes, some of them torn at a sector.
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: break
        case 1: disk.write(bytes, to: file, at: offset)
        default:
          let sectors = Int.random(in: 0...(bytes.count / 512), using: &generator)
          disk.write(bytes.prefix(sectors * 512), to: file, at: offset)
        }
      case .create, .rename:
        if index <= directorySynchronized || Bool.random(using: &generator) { disk.apply(event) }
      default: disk.apply(event)
      }
    }
    return disk
  }

  private mutating func apply(_ event: DiskLog.Event) {
    switch event {
    case .create(let file, let name): names[name] = file
    case .write(let file, let bytes, let offset): write(bytes, to: file, at: offset)
    case .rename(let from, let to):
      if let file = names.removeValue(forKey: from) { names[to] = file }
    case .synchronize, .synchronizeDirectory: break
    }
  }

  private mutating func write(_ bytes: Data, to file: Int, at offset: Int) {
    var content = contents[file] ?? Data()
    if content.count < offset + bytes.count { content.append(Data(count: offset + bytes.count - content.count)) }
    content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    contents[file] = content
  }
}
