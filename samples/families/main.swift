import Networks

/// Asks the study's question again, as docs/study/again.md fixed it beforehand: three problems, two losses each, with
/// held-out minibatches beside those of training.
///
///     swift run -c release families runs/families
///     swift run -c release inspect compare runs/families/digits-0.5/report
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
  try twoAtATime(members.count) { try members[$0].0.run(in: root, members[$0].1) }
}

runSample { arguments in
  let problems = arguments.dropFirst().compactMap(Problem.init(rawValue:))
  try families(in: arguments.first ?? "runs/families", problems.isEmpty ? Problem.allCases : problems)
}
