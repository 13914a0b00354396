// Four processes train one small network on handwritten digits, each with a quarter of its hidden units and of its parameters.
// None ever holds a whole gradient; together they record one run, which reads as any other:
//
//     swift run -c release sharded runs/sharded
//     swift run -c release inspect runs/sharded

import GradientProbe
import Networks

func train(in group: Group, into directory: String) throws {
  var generator = SplitMix64(seed: 1)
  let digits = try Digits.load()
  var model = HiddenUnits(16, in: group)
  // The same minibatches in every rank, since all have the same generator.
  let probes = digits.minibatches(of: 16, using: &generator).prefix(24)

  var options = RecorderOptions()
  options.shard = Shard(rank: group.rank, of: group.count)
  options.schedule = .steps([0, 100, 500, 2_000])
  options.sampledDraws = 16
  options.name = "four ranks"
  options.shardTimeout = 60
  let recorder = try Recorder(directory: directory, options: options)
  var step = 0
  while step <= 2_000 {
    for batch in digits.minibatches(of: 16, using: &generator) where step <= 2_000 {
      if recorder.isDue(at: step) { try recorder.capture(model, over: probes, step: step) }
      let loss = try model.update(on: batch, rate: 0.1)
      if group.rank == 0, step.isMultiple(of: 500) { print("step \(step): loss \(loss)") }
      step += 1
    }
  }
  try recorder.finish()
}

runSample { arguments in
  let directory = arguments.first ?? "runs/sharded"
  if arguments.count > 1, let rank = Int(arguments[1]) {
    try train(in: Group(rank: rank, of: 4), into: directory)
  } else {
    let group = try Group(startingOthers: 4, [directory])
    try train(in: group, into: directory)
    try group.finish()
    print("recorded in \(directory); next: swift run -c release inspect \(directory)")
  }
}
