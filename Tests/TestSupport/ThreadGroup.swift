internal import Dispatch
internal import Foundation
internal import Synchronization

/// Threads that do something again and again beside what a test does. Threads of their own: tasks would take turns on as
/// many as there are cores.
public final class ThreadGroup: Sendable {
  private let group = DispatchGroup()
  private let isOver = Atomic(false)

  /// Starts `count` threads, each of which calls `body` until ``end()``, and once at least.
  public init(count: Int, _ body: @escaping @Sendable () -> Void) {
    for _ in 0..<count {
      group.enter()
      Thread.detachNewThread { [self] in
        defer { group.leave() }
        repeat { body() } while !isOver.load(ordering: .acquiring)
      }
    }
  }

  /// Lets every thread end its call, and waits for that.
  public func end() {
    isOver.store(true, ordering: .releasing)
    group.wait()
  }
}
