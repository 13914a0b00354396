import Dispatch
import Foundation
import Networks
import Synchronization

/// Does the regret say anything about generalisation? Trains a family of networks to the same training loss, keeps a
/// checkpoint of each, and leaves the question to `inspect compare`:
///
///     swift run -c release study runs/study
///     swift run -c release inspect compare runs/study
///
/// Two models are trained at a time; a killed start goes on where it was.
func study(in root: String) throws {
  setBLASThreadCount(1)
  try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  let data = try StudyData()
  let members = Family.seeds.flatMap { seed in
    Family.settings.map { Member(setting: $0, seed: seed, data: data) }
  }
  let next = Mutex(0)
  let failure = Mutex<(any Error)?>(nil)
  DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < members.count, failure.withLock({ $0 == nil }) else { return }
      do {
        let line = try members[index].run(in: root)
        print("[\(index + 1)/\(members.count)] \(line)")
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
  try StudyTable.write(members, in: root)
}

runSample { arguments in try study(in: arguments.first ?? "runs/study") }
