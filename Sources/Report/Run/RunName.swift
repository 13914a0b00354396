internal import Checkpoint

/// What a run is called: its recorded name, else the directory that its files alone are in, else the beginning of its id.
enum RunName {
  /// The name of `run` among `checkpoints`; two runs of one recorded name are told apart by what they are called else.
  static func of(_ run: String, among checkpoints: [CheckpointReport]) -> String {
    let fallback = directory(of: run, among: checkpoints) ?? beginning(of: run)
    guard let name = name(of: run, among: checkpoints) else { return fallback }
    let runs = Set(checkpoints.map(\.description.run)).subtracting([run])
    let isShared = runs.contains { Self.name(of: $0, among: checkpoints) == name }
    return isShared ? "\(name) (\(fallback))" : name
  }

  private static func beginning(of run: String) -> String {
    let run = run.printable
    return run.count > 12 ? run.prefix(8) + "…" : run
  }

  /// The name that `checkpoint` records, fit to be shown; nil where it records none.
  static func recorded(_ checkpoint: CheckpointReport) -> String? {
    checkpoint.description.configuration.name.map { $0.printable.shortened(to: 40) }
  }

  /// The name that the last checkpoint of `run` records: a run that was resumed may have got another.
  private static func name(of run: String, among checkpoints: [CheckpointReport]) -> String? {
    checkpoints.filter { $0.description.run == run }.max { $0.description.sequence < $1.description.sequence }
      .flatMap(recorded)
  }

  private static func directory(of run: String, among checkpoints: [CheckpointReport]) -> String? {
    let folders = Set(checkpoints.filter { $0.description.run == run }.map(folder))
    guard folders.count == 1, let folder = folders.first, !folder.isEmpty,
      !checkpoints.contains(where: { $0.description.run != run && Self.folder($0) == folder })
    else { return nil }
    return folder.printable
  }

  private static func folder(_ checkpoint: CheckpointReport) -> String {
    checkpoint.file.split(separator: "/").dropLast().last.map(String.init) ?? ""
  }
}
