// What sketching costs: the same networks at the same θ, with whole rows and in sketches of several widths and seeds, audited
// alike. One line of JSON for each sketch and ρ.
//
//     swift run -c release sketch runs/sketch > results.jsonl
//     python3 samples/sketch/table.py results.jsonl docs/sketch

import CheckpointHDF5
import Foundation
import GradientProbe
import Logging
import Networks
import Regret

/// The same pilots for all, so that all are in one metric: whole rows are sketches that lose nothing.
let drawsEach = 4

func audit(_ population: Population, _ sketch: Sketch, in directory: String, weight: Double?) throws -> [Audit] {
  let path = directory + "/\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  var options = RecorderOptions()
  options.factors = [.sampled]
  options.sampledDraws = drawsEach
  options.sketch = sketch
  options.logger = Logger(label: "sketch") { _ in SwiftLogNoOpLogHandler() }
  let recorder = try Recorder(directory: path, options: options)
  try population.record(recorder)
  try recorder.finish()
  let checkpoint = try CheckpointReader.open(path + "/step-00000000.h5")
  return try weights.map { weight in
    try Audit(
      of: AuditInput(checkpoint),
      options: AuditOptions(
        damping: weight.map { .diagonal($0) } ?? .auto, measures: [.regret, .heldOut, .estimate], findsSupport: false))
  }
}

let weights: [Double?] = [nil, 0.03, 0.1, 0.5]

func compare(into directory: String, seeds: Int) throws {
  setBLASThreadCount(1)
  for make in Population.all {
    let population = try make()
    let rows = drawsEach * Population.minibatchCount
    let whole = try audit(population, Sketch(.share(1)), in: directory, weight: nil)
    for multiple in [2, 4, 8, 16, 32, 64] where multiple * rows <= population.parameterCount / 2 {
      for seed in 1...seeds {
        let sketch = Sketch(.width(multiple * rows), seed: UInt64(seed))
        for (truth, found) in zip(whole, try audit(population, sketch, in: directory, weight: nil)) {
          try say(population, multiple: multiple, rows: rows, truth, found)
        }
      }
    }
  }
}

func say(_ population: Population, multiple: Int, rows: Int, _ truth: Audit, _ found: Audit) throws {
  func number(_ value: Double?) -> Any { value.map { $0 as Any } ?? NSNull() }
  var line: [String: Any] = [
    "population": population.name, "parameters": population.parameterCount, "rows": rows, "multiple": multiple,
    "true_weight": number(truth.kl?.damping.weight), "weight": number(found.kl?.damping.weight),
    "correction": number(found.sketch?.correction), "dimension": number(found.sketch?.effectiveDimension),
  ]
  let measures: [(String, (Audit) -> Estimate?)] = [
    ("kl.in_sample.regret", { $0.kl?.inSample?.regret }), ("kl.in_sample.cosine", { $0.kl?.inSample?.cosine }),
    ("kl.in_sample.norm", { $0.kl?.inSample?.norm }), ("kl.held_out.regret", { $0.kl?.heldOut?.regret }),
    ("kl.estimate.regret", { $0.kl?.estimate?.regret }), ("euclidean.regret", { $0.euclidean?.regret }),
    ("euclidean.cosine", { $0.euclidean?.cosine }),
  ]
  for (name, measure) in measures {
    line[name] = [
      number(measure(truth)?.value), number(measure(found)?.value), number(measure(found)?.sketch?.standardError),
    ]
  }
  let data = try JSONSerialization.data(withJSONObject: line, options: .sortedKeys)
  print(String(decoding: data, as: UTF8.self))
}

runSample { arguments in
  try compare(into: arguments.first ?? "runs/sketch", seeds: arguments.dropFirst().first.flatMap { Int($0) } ?? 40)
}
