import Dispatch
import Foundation
import Networks
import Synchronization

/// Asks the study's question again, as docs/study/again.md fixed it beforehand: three problems, three losses each, with
/// held-out minibatches beside those of training.
///
///     swift run -c release families runs/families
///     swift run -c release inspect compare runs/families/digits-0.1/report
///
/// Two models are trained at a time; a killed start goes on where it was.
func families(in root: String, _ problems: [Problem]) throws {
  setBLASThreadCount(1)
  let data = try problems.map { ($0, try ProblemData($0)) }
  let members = data.flatMap { problem, data in
    Setting.seeds.flatMap { seed in
      Setting.all.map { (Member(problem: problem, setting: $0, seed: seed), data) }
    }
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
        let line = try members[index].0.run(in: root, members[index].1)
        print("[\(index + 1)/\(members.count)] \(line)")
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}

runSample { arguments in
  let problems = arguments.dropFirst().compactMap(Problem.init(rawValue:))
  try families(in: arguments.first ?? "runs/families", problems.isEmpty ? Problem.allCases : problems)
}
