internal import Checkpoint
internal import Landscape
internal import Regret
internal import Report

/// Audits files one after another; what fails is told and does not stop the others.
struct ReportCollector {
  private(set) var report = Report(checkpoints: [])
  let auditor: Auditor
  /// What the audits' ρ is; nil for each file's own.
  private var shared: SharedDamping?
  /// Audits that are there already.
  private var ready: [String: Result<CheckpointReport, any Error>] = [:]

  init(_ auditor: Auditor) { self.auditor = auditor }

  /// Audits each of `paths`: a file, or a directory of checkpoints by step.
  mutating func audit(_ paths: [String]) {
    audit(paths.map { ($0, files($0), RunFiles.isDirectory($0)) })
  }

  /// Audits the `files` that each path stands for.
  mutating func audit(_ listed: [(path: String, files: [String], isDirectory: Bool)]) {
    prepare(listed.flatMap(\.files))
    for (_, files, isDirectory) in listed {
      var run: [CheckpointReport] = []
      for file in files {
        guard let checkpoint = isDirectory ? member(file) : checkpoint(file) else { continue }
        // Matrices are shown of the last one only; of the others a page has what figures show of them.
        if !run.isEmpty { run[run.count - 1].dropArrays(cells: CheckpointReport.cells(checkpoints: files.count)) }
        run.append(checkpoint)
      }
      report.checkpoints += Self.ordered(isDirectory ? Self.noting(Self.newestBranches(run)) : run)
    }
  }

  /// Settles the ρ that `files` share and audits them, but where matrices are asked for: these are shown of the last that
  /// can be read, so such audits are done one by one and never held together.
  private mutating func prepare(_ files: [String]) {
    let shared = SharedDamping(files, auditor)
    self.shared = shared
    guard !auditor.options.keepsArrays else { return }
    ready = auditor.each(files) { auditor, file in try auditor.audit(file, shared) }
    auditor.cache?.prune()
  }

  /// The audit of one `file` of a directory; nil also where it is another of this package's files, which is told and
  /// is no failure.
  mutating func member(_ file: String) -> CheckpointReport? { checkpoint(file, isMember: true) }

  /// The audit of one `file` with the slices beside it; nil where it failed, which is told.
  mutating func checkpoint(_ file: String, isMember: Bool = false) -> CheckpointReport? {
    let (auditor, shared, result) = (auditor, shared, ready.removeValue(forKey: file))
    let audited = attempt(file, isMember: isMember) { try result?.get() ?? auditor.audit(file, shared) }
    guard var checkpoint = audited else { return nil }
    checkpoint.slices = slices(of: checkpoint)
    return checkpoint
  }

  /// Audits and adds a `file` that a run has grown by, and audits all before it again where its ρ is above the one that
  /// they share. Returns what is new; empty where the file failed, which is told, or was passed over.
  mutating func follow(_ file: String) -> [CheckpointReport] {
    let before = shared?.weight
    if auditor.sharesDamping, let (description, own) = try? auditor.automaticWeight(file), let own {
      shared =
        shared?.following(file, weight: own, isWhole: !description.isPartial)
        ?? SharedDamping(following: file, weight: own)
    }
    guard let checkpoint = member(file) else { return [] }
    var new = [checkpoint]
    if let before, before != shared?.weight {
      new = report.checkpoints.filter { $0.file != file }.compactMap { member($0.file) } + new
      report.checkpoints = []
    }
    for checkpoint in new { add(checkpoint) }
    return new
  }

  /// Adds `checkpoint` at its place by step.
  mutating func add(_ checkpoint: CheckpointReport) {
    let cells = CheckpointReport.cells(checkpoints: report.checkpoints.count + 1)
    for index in report.checkpoints.indices
    where report.checkpoints[index].description.step < checkpoint.description.step {
      report.checkpoints[index].dropArrays(cells: cells)
    }
    report.checkpoints = Self.ordered(Self.noting(Self.newestBranches(report.checkpoints + [checkpoint])))
  }

  /// The plans for all files of `paths`.
  mutating func plan(_ paths: [String]) -> PlanReport {
    let auditor = auditor
    return PlanReport(
      paths.flatMap { files($0) }.compactMap { file in
        attempt(file) { try auditor.plan(file) }.map { .init(file: file, plan: $0) }
      })
  }

  /// The models that `paths` stand for: a file, the last checkpoint of a run, or all runs of a directory of runs.
  mutating func members(_ paths: [String]) -> [ComparisonReport.Member] {
    let expanded = paths.flatMap { path in
      let inner = (try? RunFiles.list(path)) == nil ? RunFiles.subdirectories(path) : []
      return inner.isEmpty ? [path] : inner
    }
    let found = expanded.compactMap { path in last(of: files(path)).map { (path, $0) } }
    prepare(found.map(\.1))
    return found.compactMap { path, file in checkpoint(file).map { .init(name: path, checkpoint: $0) } }
  }

  /// The file of the highest step that is whole and on no abandoned branch; nil where none can be read. What cannot is
  /// told, since an earlier file may then stand for the run.
  private mutating func last(of files: [String]) -> String? {
    guard files.count > 1 else { return files.first }
    var described: [(file: String, description: CheckpointDescription)] = []
    for file in files {
      guard let checkpoint = attempt(file, isMember: true, { try openCheckpoint(file) }) else { continue }
      described.append((file, checkpoint.description))
    }
    let isAbandoned = RunDirectory.isAbandoned(described.map(\.description))
    let kept = zip(described, isAbandoned).filter { !$1 }.map(\.0)
    let whole = kept.filter { !$0.description.isPartial }
    return (whole.isEmpty ? kept : whole).max { $0.description.step < $1.description.step }?.file
  }

  /// What `path` stands for: itself, or the checkpoints of a directory.
  private mutating func files(_ path: String) -> [String] {
    attempt(path) { try RunFiles.list(path) ?? [path] } ?? []
  }

  /// Without checkpoints of branches that a run resumed at an earlier step left behind; a warning says so.
  static func newestBranches(_ checkpoints: [CheckpointReport]) -> [CheckpointReport] {
    let isAbandoned = RunDirectory.isAbandoned(checkpoints.map(\.description))
    var kept = zip(checkpoints, isAbandoned).filter { !$1 }.map(\.0)
    for run in Set(zip(checkpoints, isAbandoned).filter(\.1).map(\.0.description.run)) {
      let left = zip(checkpoints, isAbandoned).filter { $1 && $0.description.run == run }.map(\.0)
      let newest = kept.indices.filter { kept[$0].description.run == run }
        .max { kept[$0].description.sequence < kept[$1].description.sequence }
      guard let newest else { continue }
      let names = left.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file }.sorted()
      let list = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
      let message =
        "The run was resumed at an earlier step: \(list) of the branch that it left behind "
        + "\(names.count == 1 ? "is" : "are") left out."
      Terminal.complain("\(kept[newest].file): warning: \(message)")
      kept[newest].audit.warnings.append(AuditWarning(code: "abandoned_branch", message: message))
    }
    return kept
  }

  /// A run's checkpoints with a warning at the last where others tell of other groups of minibatches than it does.
  static func noting(_ checkpoints: [CheckpointReport]) -> [CheckpointReport] {
    var noted = checkpoints
    for run in Set(checkpoints.map(\.description.run)) {
      let members = noted.indices.filter { noted[$0].description.run == run }
      guard let last = members.max(by: { noted[$0].description.step < noted[$1].description.step }) else { continue }
      let names = noted[last].audit.groups?.groups.map(\.name)
      let others = members.count { noted[$0].audit.groups?.groups.map(\.name) != names }
      let code = "groups_differ"
      guard others > 0, !noted[last].audit.warnings.contains(where: { $0.code == code }) else { continue }
      noted[last].audit.warnings.append(
        AuditWarning(
          code: code,
          message:
            "\(others) of the run's \(members.count) checkpoints tell of other groups of minibatches than this one, "
            + "so their numbers are of other data: a trend over them says nothing."))
    }
    return noted
  }

  /// Runs in the order in which they first appear, each by step.
  static func ordered(_ checkpoints: [CheckpointReport]) -> [CheckpointReport] {
    var places: [String: Int] = [:]
    for checkpoint in checkpoints where places[checkpoint.description.run] == nil {
      places[checkpoint.description.run] = places.count
    }
    return checkpoints.enumerated().sorted {
      let (a, b) = ($0.element.description, $1.element.description)
      return (places[a.run]!, a.step, a.sequence, $0.offset) < (places[b.run]!, b.step, b.sequence, $1.offset)
    }.map(\.element)
  }

  /// The slices in the files beside a checkpoint; what cannot be read or belongs to another is told.
  private mutating func slices(of checkpoint: CheckpointReport) -> [Slice] {
    // Sums may have come to a machine where the run is not.
    if auditor.parts != nil && !RunFiles.exists(checkpoint.file) { return [] }
    let paths = attempt(checkpoint.file) { try RunFiles.slices(beside: checkpoint.file) } ?? []
    return paths.compactMap { path in
      attempt(path) { try openSlice(path, of: checkpoint.description) }
    }
  }

  private mutating func attempt<Value>(
    _ file: String, isMember: Bool = false, _ work: () throws -> Value
  ) -> Value? {
    do {
      return try work()
    } catch let error as CheckpointError where isMember && error.isOtherKind {
      Terminal.complain("\(error): passed over")
      return nil
    } catch {
      let message = error is CheckpointError ? "\(error)" : "\(file): \(error)"
      Terminal.complain(message)
      report.failures.append(ReportFailure(file: file, message: message))
      return nil
    }
  }
}
