/// A directory of checkpoint files, one for each capture of a run.
public enum RunDirectory {
  /// What is wrong with the checkpoints of a directory taken together: numbers of a run that are missing or stand
  /// twice, steps that do not grow with them, a name that tells another step than the file, other tensors than before.
  ///
  /// A run's last file cannot be missed: nothing tells how many there were to be.
  public static func faults(of checkpoints: [(file: String, description: CheckpointDescription)]) -> [CheckpointError] {
    func fault(_ file: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: "run", reason: reason))
    }
    var faults: [CheckpointError] = []
    for (file, description) in checkpoints {
      if let step = stepInName(of: file), step != description.step {
        faults.append(fault(file, "it is named for step \(step), but holds step \(description.step)"))
      }
    }
    for run in Set(checkpoints.map(\.description.run)).sorted() {
      let files = checkpoints.filter { $0.description.run == run }
        .sorted { ($0.description.sequence, $0.file) < ($1.description.sequence, $1.file) }
      var expected = 0
      for (index, (file, description)) in files.enumerated() {
        let sequence = description.sequence
        if index > 0 {
          let previous = files[index - 1]
          if sequence == previous.description.sequence {
            faults.append(fault(file, "it has the same number \(sequence) in run \(run) as \(previous.file)"))
            continue
          }
          if description.step <= previous.description.step {
            let reason = "step \(description.step) does not come after step \(previous.description.step)"
            faults.append(fault(file, "\(reason) of \(previous.file), the one before it in run \(run)"))
          }
          if description.tensors != previous.description.tensors {
            faults.append(fault(file, "its tensors are not those of \(previous.file), the one before it in run \(run)"))
          }
        }
        if sequence > expected {
          let missing = sequence - expected == 1 ? "number \(expected)" : "numbers \(expected) to \(sequence - 1)"
          faults.append(
            fault(file, "\(missing) of run \(run) before it \(sequence - expected == 1 ? "is" : "are") missing"))
        } else if sequence < 0 {
          faults.append(fault(file, "its number \(sequence) is below 0"))
        }
        expected = max(expected, sequence == .max ? sequence : sequence + 1)
      }
    }
    return faults
  }

  /// Whether each of a directory's checkpoints lies on a branch that was abandoned: a later file of its run went back to
  /// its step or an earlier one, as a run does that is resumed from there.
  public static func isAbandoned(_ checkpoints: [CheckpointDescription]) -> [Bool] {
    var isAbandoned = [Bool](repeating: false, count: checkpoints.count)
    for places in Dictionary(grouping: checkpoints.indices, by: { checkpoints[$0].run }).values {
      // From the newest to the oldest, the lowest step that a newer one has.
      var lowest: Int?
      for place in places.sorted(by: { checkpoints[$0].sequence > checkpoints[$1].sequence }) {
        let (step, sequence) = (checkpoints[place].step, checkpoints[place].sequence)
        // Files with one number are no branches of each other: which is the newer cannot be told.
        let isAlone = places.allSatisfy { $0 == place || checkpoints[$0].sequence != sequence }
        if isAlone, let lowest, step >= lowest { isAbandoned[place] = true }
        lowest = min(lowest ?? step, step)
      }
    }
    return isAbandoned
  }

  /// The number at the end of a name such as `step-00000120.h5`.
  private static func stepInName(of file: String) -> Int? {
    let name = file.split(separator: "/").last ?? ""
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    return Int(name.dropFirst(5).dropLast(3))
  }
}
