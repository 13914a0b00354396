internal import Regret

extension MinibatchRow {
  var json: JSONValue {
    [
      "minibatch": .integer(summary.row),
      "group": JSONValue(group),
      "loss": JSONValue(loss),
      "examples": .integer(size),
      "euclidean": summary.euclidean?.json ?? nil,
      "kl": [
        "in_sample": summary.inSample?.json ?? nil,
        "held_out": summary.heldOutCosine.map { ["cosine": JSONValue($0)] } ?? nil,
        "estimate": summary.estimateCosine.map { ["cosine": JSONValue($0)] } ?? nil,
      ],
      "equal_to": .array(summary.equalRows.map(JSONValue.integer)),
    ]
  }
}

extension MinibatchMeasures {
  var json: JSONValue { ["norm": JSONValue(norm), "cosine": JSONValue(cosine), "share": JSONValue(share)] }
}
