import CheckpointHDF5
import GradientProbe

func capture(
  _ model: Classifier, over probes: [[Example]], and heldOut: [[Example]], step: Int, with recorder: Recorder
) throws {
  try recorder.capture(model, over: ["train": probes, "validation": heldOut], step: step)
}

func captureOrGoOn(_ model: Classifier, over probes: [[Example]], step: Int, with recorder: Recorder) {
  do {
    do {
      try recorder.capture(model, over: probes, step: step)
    } catch let error as CheckpointError {
      print("not recorded: \(error)")
    }
  } catch {
    preconditionFailure("wrong use: \(error)")
  }
}

func observe(_ model: Classifier, on batch: [Example], step: Int, with recorder: Recorder) throws {
  let (loss, weightGradient, biasGradient) = model.lossAndGradients(over: batch)
  try recorder.observe(step: step, batchSize: batch.count, loss: loss) { row in
    try row.write(weightGradient, to: "weight")
    try row.write(biasGradient, to: "bias")
  }
}

/// Of one of eight processes. `ShardCaptureTests` run ranks; this is here to be compiled.
func shardRecorder(rank: Int) throws -> Recorder {
  var options = RecorderOptions()
  options.shard = Shard(rank: rank, of: 8)  // the tensors that this process's model lists are its own
  let recorder = try Recorder(directory: "runs/big", options: options)
  return recorder
}

/// `SketchTests` record sketches; this is here to be compiled.
func sketch(_ options: inout RecorderOptions) {
  options.sketch = .width(65_536)  // or .share(0.01)
}
