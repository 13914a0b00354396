internal import Checkpoint
internal import Landscape

extension Slice {
  /// What is told of a slice; the losses themselves are in its file.
  var json: JSONValue {
    [
      "name": .string(name),
      "points": .array(surface.grid.axes.map { .integer($0.count) }),
      "minibatches": .integer(surface.minibatchCount),
      "directions": .array(
        directions.map {
          [
            "name": .string($0.name), "origin": .string($0.origin.rawValue), "scale": .string($0.scale.rawValue),
            "norm": JSONValue($0.norm),
          ]
        }),
      "sharpness": SurfaceSummary(surface).map(\.json) ?? nil,
      "groups": groups.map { groups in
        .array(
          zip(groups.names, groups.members).map { name, members in
            let own = surface.selecting(members)
            return [
              "name": .string(name), "minibatches": .integer(members.count),
              "loss": JSONValue(surface.grid.center.map { own.meanLoss[$0] }),
              "sharpness": SurfaceSummary(own).map(\.json) ?? nil,
            ]
          })
      } ?? nil,
    ]
  }
}

extension SurfaceSummary {
  var json: JSONValue {
    [
      "mean_loss": JSONValue(sharpness),
      "minibatch": JSONValue(minibatchSharpness),
      "contrast": JSONValue(contrast),
      "mean_rise": JSONValue(meanRise),
      "curvature": .array(curvatures.map { JSONValue($0) }),
      "regret": regret.map { ["value": JSONValue($0), "stderr": JSONValue(regretError)] } ?? nil,
      "minimum": minimum.json,
      "minibatch_minima": .array(minibatchMinima.map(\.json)),
      "minimum_spread": JSONValue(minimumSpread),
    ]
  }
}

extension SurfaceMinimum {
  var json: JSONValue {
    [
      "place": .array(coordinates.map { JSONValue($0) }), "loss": JSONValue(loss), "depth": JSONValue(depth),
      "at_edge": .bool(isAtEdge),
    ]
  }
}
