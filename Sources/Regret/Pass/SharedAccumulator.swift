internal import Dispatch
internal import Synchronization

/// Sums that several workers add to at a time: each adds to sums that no other is at, of which there are up to a given number,
/// and in the end they are added up. Since ``GramAccumulator`` keeps what rounding takes off, nothing depends on who added where.
final class SharedAccumulator: Sendable {
  private final class Slot: Sendable {
    let sums = Mutex<GramAccumulator?>(nil)
  }

  private let slots: [Slot]
  private let shape: SumsShape

  /// Sums of `shape`, up to `count` of them at a time.
  init(_ shape: SumsShape, count: Int) {
    self.shape = shape
    slots = (0..<max(1, count)).map { _ in Slot() }
  }

  /// Adds a block's sums.
  func add<Scalar: WorkingScalar>(_ block: BlockSums<Scalar>) {
    change { $0.add(block) }
  }

  /// Adds the sums of other columns.
  func add(_ other: GramAccumulator) {
    change { $0.add(other) }
  }

  private func change(_ body: (inout GramAccumulator) -> Void) {
    func change(_ sums: inout GramAccumulator?) {
      if sums == nil { sums = GramAccumulator(shape) }
      body(&sums!)
    }
    for slot in slots where slot.sums.withLockIfAvailable({ change(&$0) }) != nil { return }
    slots[0].sums.withLock { change(&$0) }
  }

  /// All that was added; nothing is left here. To be called once nobody adds any more.
  func takeTotal() -> GramAccumulator {
    var distance = 1
    while distance < slots.count {
      let step = 2 * distance
      DispatchQueue.concurrentPerform(iterations: (slots.count - distance + step - 1) / step) {
        [slots, distance] pair in
        let other = slots[pair * step + distance].sums.withLock { sums in
          defer { sums = nil }
          return sums
        }
        guard let other else { return }
        slots[pair * step].sums.withLock { if $0 == nil { $0 = other } else { $0!.add(other) } }
      }
      distance = step
    }
    return slots[0].sums.withLock { sums in
      defer { sums = nil }
      return sums ?? GramAccumulator(shape)
    }
  }

  /// What sums of `shape` take [bytes], with what they lack.
  static func byteCount(_ shape: SumsShape) -> Int { 2 * BlockSums<Double>.byteCount(shape) }

  /// How many sums of so many bytes are worth their memory: one a worker, but little of the bound on all.
  static func count(byteCount: Int, workerCount: Int, memoryBound: Int) -> Int {
    max(1, min(workerCount, memoryBound / 16 / max(1, byteCount)))
  }
}
