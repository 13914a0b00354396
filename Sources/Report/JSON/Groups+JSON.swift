internal import Regret

extension GroupSummary {
  var json: JSONValue {
    [
      "name": .string(name), "minibatches": .integer(minibatchCount), "batch_size": JSONValue(batchSize),
      "loss": loss?.json ?? nil,
    ]
  }
}

extension GroupTransfer {
  func json(among groups: [GroupSummary]) -> JSONValue {
    [
      "from": .string(groups[from].name), "to": .string(groups[to].name),
      "loss_excess": lossExcess?.json ?? nil, "euclidean": euclidean?.json ?? nil,
      "kl": [
        "in_sample": inSample?.json ?? nil, "held_out": heldOut?.json ?? nil, "estimate": estimate?.json ?? nil,
      ],
      "tensors": .array(tensors.map { ["name": .string($0.name), "excess": $0.excess.json] }),
    ]
  }
}

extension GroupWording {
  /// The pairs of groups on which most more is lost, with intervals that hold for all pairs at once.
  var conflictsJSON: [JSONValue] {
    conflicts.ranked.prefix(32).map { conflict in
      [
        "from": .string(measures.groups[conflict.transfer.from].name),
        "to": .string(measures.groups[conflict.transfer.to].name), "measured": .string(metric.rawValue),
        "clear": .bool(conflict.isClear),
        "excess": [
          "value": JSONValue(conflict.excess.value), "stderr": JSONValue(conflict.excess.standardError),
          "low": JSONValue(conflict.interval.low), "high": JSONValue(conflict.interval.high),
        ],
      ]
    }
  }
}

extension TransferMeasures {
  var json: JSONValue {
    [
      "regret": regret.json, "cosine": cosine.json, "excess": excess?.json ?? nil, "transfer": transfer?.json ?? nil,
      "median_excess": JSONValue(medianExcess), "geometric_mean_excess": geometricMeanExcess?.json ?? nil,
    ]
  }
}
