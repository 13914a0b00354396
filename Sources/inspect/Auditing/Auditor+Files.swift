internal import Checkpoint
internal import Dispatch
internal import Regret
internal import Synchronization

extension Auditor {
  /// What `work` makes of each of `files`, by name: as many side by side as fit into memory together, since small
  /// files leave processors idle. Results do not depend on it.
  func each<Value: Sendable>(
    _ files: [String], _ work: @Sendable (Auditor, String) throws -> Value
  ) -> [String: Result<Value, any Error>] {
    let width = parts == nil && Ranks.link == nil ? min(files.count, Machine.processorCount, room(files)) : 1
    guard width > 1 else {
      return Dictionary(files.map { file in (file, Result { try work(self, file) }) }) { $1 }
    }
    var each = self
    each.options.workerCount = max(1, (options.workerCount ?? Machine.processorCount) / width)
    let auditor = each
    let next = Atomic<Int>(0)
    let results = Mutex<[String: Result<Value, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: width) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < files.count else { return }
        let result = Result { try work(auditor, files[index]) }
        results.withLock { $0[files[index]] = result }
      }
    }
    return results.withLock { $0 }
  }

  /// How many of `files` stay below the bound on memory together. The most that an audit takes is for Gram matrices of
  /// short rows in half precision, a hundred times the file.
  private func room(_ files: [String]) -> Int {
    let largest = files.compactMap { try? ReadOnlyFile(opening: $0).byteCount }.max() ?? 0
    return (options.memoryBound ?? Machine.physicalMemory / 4) / ((64 << 20) + 100 * largest)
  }
}
