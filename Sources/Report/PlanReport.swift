internal import Checkpoint
public import Regret

/// How the audits of some files would be carried out.
public struct PlanReport: Sendable {
  /// The name and version of the JSON's shape.
  public static let schema = "gradient-probe.plan/1"

  /// One file's plan.
  public struct Entry: Sendable {
    /// The file as the user named it.
    public var file: String
    /// What would be done.
    public var plan: PlanSummary

    /// The `plan` for `file`.
    public init(file: String, plan: PlanSummary) {
      self.file = file
      self.plan = plan
    }
  }

  /// Plans in the order of the files.
  public var entries: [Entry]

  /// The plans `entries`.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// The plans for people.
  public func text(_ options: TextOptions = TextOptions()) -> String {
    var lines: [String] = []
    for entry in entries {
      if !lines.isEmpty { lines.append("") }
      lines.append(options.styled(entry.file.printable, .bold))
      let plan = entry.plan
      var table = TextTable(.left, .left)
      table.add("Fisher", .init(plan.fisher.rawValue))
      table.add("solver", .init("\(plan.solver.rawValue): \(plan.reason)"))
      table.add("precision", .init(plan.arithmetic))
      table.add("workers", .init("\(plan.workerCount), \(NumberText.count(plan.blockWidth)) columns at a time"))
      var reading = NumberText.bytes(plan.bytesToRead)
      if let more = plan.bytesPerIteration { reading += ", and \(NumberText.bytes(more)) an iteration" }
      table.add("to read", .init(reading))
      table.add(
        "expected peak",
        .init("\(NumberText.bytes(plan.expectedPeak)) of memory (bound \(NumberText.bytes(plan.memoryBound)))"))
      table.add("BLAS", .init("\(plan.kernel), \(BLAS.reason)"))
      lines += table.lines(options)
      for skipped in plan.skipped {
        lines += options.wrapped("left out: \(skipped.measure): \(skipped.reason)", first: "  ! ", rest: "    ")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The plans for programs.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema),
      "plans": .array(
        entries.map { entry in
          [
            "file": .string(entry.file),
            "fisher": .string(entry.plan.fisher.rawValue),
            "solver": .string(entry.plan.solver.rawValue),
            "reason": .string(entry.plan.reason),
            "precision": .string(entry.plan.precision.rawValue),
            "workers": .integer(entry.plan.workerCount),
            "block_width": .integer(entry.plan.blockWidth),
            "bytes_to_read": .integer(entry.plan.bytesToRead),
            "bytes_per_iteration": JSONValue(entry.plan.bytesPerIteration),
            "expected_peak": .integer(entry.plan.expectedPeak),
            "memory_bound": .integer(entry.plan.memoryBound),
            "kernel": .string(entry.plan.kernel),
            "skipped": .array(
              entry.plan.skipped.map { ["measure": .string($0.measure), "reason": .string($0.reason)] }),
          ]
        }),
    ]
  }
}
