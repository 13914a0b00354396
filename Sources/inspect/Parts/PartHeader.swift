internal import ArgumentParser
internal import Checkpoint
internal import Regret

/// What the numbers of a part file are: the sums over one share of the columns of some checkpoints.
struct PartHeader: Codable {
  let share: ColumnShare
  let settings: PartSettings
  /// What was given on the command line, in its order.
  let paths: [Path]
  let checkpoints: [Checkpoint]

  /// A file or a directory of them.
  struct Path: Hashable, Codable {
    let path: String
    let isDirectory: Bool
    /// The files that it stands for.
    let files: [String]
  }

  /// The sums of one checkpoint.
  struct Checkpoint: Codable {
    let file: String
    /// What the file says of itself, without checksums of tiles.
    let description: CheckpointDescription
    /// A hash of what the file says of itself and of the checksums of all rows that were read.
    let checksum: UInt64
    let outline: InputOutline
    let sums: ShareSums
  }
}

/// What parts are sums for: options that decide what an audit computes.
struct PartSettings: Hashable, Codable {
  let fisher: FisherKind?
  let damping: Damping
  let ownDamping: Bool
  /// ``Measures/rawValue``; nil for all that is affordable.
  let measures: Int?
  let solver: SolverChoice
  let factors: String?
  let tensors: [String]
  let reference: String?
  /// Nil for all groups; empty for the reference.
  let fisherGroup: [String]?
  let listsAllTransfers: Bool

  init(_ arguments: AuditArguments) {
    fisher = arguments.fisher
    damping = arguments.damping
    ownDamping = arguments.ownDamping
    measures = arguments.measures?.measures.rawValue
    solver = arguments.solver
    factors = arguments.factors
    tensors = arguments.tensors.map(\.text)
    reference = arguments.reference
    fisherGroup =
      switch arguments.fisherGroup {
      case .all: nil
      case .reference: []
      case .named(let name): [name]
      }
    listsAllTransfers = arguments.transfer == .all
  }

  /// These as they are given on the command line; `memory` bounds what reads them.
  func arguments(memory: MemorySize?) throws -> AuditArguments {
    var arguments = try AuditArguments.parse([])
    arguments.fisher = fisher
    arguments.damping = damping
    arguments.ownDamping = ownDamping
    arguments.measures = measures.map { MeasureList(Measures(rawValue: $0)) }
    arguments.solver = solver
    arguments.factors = factors
    arguments.tensors = tensors.compactMap(TensorPattern.init)
    arguments.reference = reference
    arguments.fisherGroup = fisherGroup.map { $0.first.map(FisherGroup.named) ?? .reference } ?? .all
    arguments.transfer = listsAllTransfers ? .all : .affordable
    arguments.memory = memory
    arguments.noCache = true
    return arguments
  }
}
