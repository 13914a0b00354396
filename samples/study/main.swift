import Foundation
import Networks

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
  try twoAtATime(members.count) { try members[$0].run(in: root) }
  try StudyTable.write(members, in: root)
}

runSample { arguments in try study(in: arguments.first ?? "runs/study") }
