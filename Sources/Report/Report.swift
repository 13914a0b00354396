public import Checkpoint
public import Landscape
public import Regret

/// What is shown to a person or a program: audits with where they came from.
public struct Report: Sendable {
  /// One entry a checkpoint that could be audited, in the order in which they are shown.
  public var checkpoints: [CheckpointReport]
  /// Files that could not be audited.
  public var failures: [ReportFailure]

  /// What is shown in detail: the last checkpoint that is whole, or where none is, the last.
  var headline: CheckpointReport? { checkpoints.last { !$0.description.isPartial } ?? checkpoints.last }

  /// Audits of `checkpoints`, beside the files that could not be audited.
  public init(checkpoints: [CheckpointReport], failures: [ReportFailure] = []) {
    self.checkpoints = checkpoints
    self.failures = failures
  }
}

/// The audit of one checkpoint and where it came from.
public struct CheckpointReport: Sendable {
  /// The file as the user named it.
  public var file: String
  /// Whether checksums covered all that was read, and agreed.
  public var isVerified: Bool
  /// What the file says about itself.
  public var description: CheckpointDescription
  /// The pattern that restricted the audit to some tensors; nil for all.
  public var tensorSelection: String?
  /// The file whose Fisher factors were taken; nil for its own.
  public var factorsFile: String?
  /// The numbers.
  public var audit: Audit
  /// Whether all pairs of groups are listed, however many there are.
  public var listsAllTransfers = false
  /// The figures of this checkpoint alone, kept where its matrices are not.
  var details: [Chart]?
  /// Slices through the losses around the checkpoint, from the files beside it.
  public var slices: [Slice]

  /// The `audit` of `file`.
  public init(
    file: String, isVerified: Bool, description: CheckpointDescription, tensorSelection: String? = nil,
    factorsFile: String? = nil, audit: Audit, slices: [Slice] = []
  ) {
    self.file = file
    self.isVerified = isVerified
    self.description = description
    self.tensorSelection = tensorSelection
    self.factorsFile = factorsFile
    self.audit = audit
    self.slices = slices
  }
}

extension CheckpointReport {
  /// Gives up the matrices behind the numbers and keeps what figures show of them, with maps of at most `cells` a side.
  public mutating func dropArrays(cells: Int) {
    guard audit.arrays != nil else { return }
    details = CheckpointCharts(self).all(cells: min(cells, MatrixChart.largest))
    audit.arrays = nil
  }

  /// Cells a side of maps with which a page of so many checkpoints stays small: the two maps take about 4/3 of a byte a cell together.
  public static func cells(checkpoints count: Int) -> Int {
    max(8, min(MatrixChart.largest, Int((500_000 / Double(max(1, count))).squareRoot())))
  }
}

/// A file that could not be audited.
public struct ReportFailure: Hashable, Sendable {
  /// The file as the user named it.
  public var file: String
  /// The file and the cause, in one line.
  public var message: String

  /// `file` failed as `message` says.
  public init(file: String, message: String) {
    self.file = file
    self.message = message
  }
}
