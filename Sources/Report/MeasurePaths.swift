extension CheckpointReport {
  /// The paths at which a checkpoint's JSON has a number or null whatever the file, in the order of the JSON.
  public static let measurePaths: [String] = {
    let pairs = [
      "regret", "cosine", "norm", "rms_norm", "jensen_ratio", "relative_regret", "mean_gradient_square", "noise",
      "coherence", "contrast", "noise_scale",
    ]
    let contrast = [
      "largest_eigenvalue", "frobenius", "largest_eigenvalue_normalized", "frobenius_normalized", "log_volume_gap",
    ]
    let related = [
      "median_regret", "geometric_mean_regret", "regret_on_mean", "regret_ratio", "disparity",
      "one_step_ratio", "stiffness",
    ]
    return ["sequence", "step", "minibatches", "zero_gradients", "parameters", "batch_size"]
      + pairs.map { "euclidean." + $0 }
      + ["damping.weight", "damping.own_weight", "zero_gradients", "outside_range", "dead"].map { "kl." + $0 }
      + (pairs + ["tic"]).map { "kl.in_sample." + $0 }
      + ["regret", "cosine", "tic"].map { "kl.held_out." + $0 }
      + [
        "regret", "cosine", "norm", "relative_regret", "tic", "noise_scale", "capped", "thin",
        "effective_minibatches",
      ]
      .map { "kl.estimate." + $0 }
      + ["trace", "largest_eigenvalue", "frobenius", "effective_rank"].map { "fisher." + $0 }
      + contrast.map { "fisher.contrast." + $0 }
      + ["euclidean", "in_sample"].flatMap { table in related.map { "related.\(table).\($0)" } }
      + ["held_out", "estimate"].flatMap { table in related.prefix(2).map { "related.\(table).\($0)" } }
      + ["signal_to_noise", "fisher_rao", "relative_flatness", "relative_flatness_last"].map {
        "related.parameters." + $0
      }
  }()
}
