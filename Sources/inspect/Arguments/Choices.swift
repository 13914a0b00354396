public import ArgumentParser
public import Checkpoint
public import Regret
public import Report

extension FisherKind: ExpressibleByArgument {}

extension SolverChoice: ExpressibleByArgument {}

extension FisherGroup: ExpressibleByArgument {
  /// A group's name, or `all`.
  public init?(argument: String) { self = argument == "all" ? .all : .named(argument) }

  /// The group of the headline numbers.
  public var defaultValueDescription: String { "the reference" }
}

/// Which pairs of groups are listed.
enum TransferListing: String, CaseIterable, ExpressibleByArgument {
  /// All of up to 32 groups, those that stand out of more.
  case affordable = "some"
  /// All.
  case all
}

extension Damping: ExpressibleByArgument {
  /// `auto`, `none`, `diagonal:ρ` or `identity:ρ`.
  public init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "none": self = .none
    default:
      let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let weight = Double(parts[1]), weight > 0, weight <= 1 else { return nil }
      switch parts[0] {
      case "diagonal": self = .diagonal(weight)
      case "identity": self = .identity(weight)
      default: return nil
      }
    }
  }

  /// As it is written on the command line.
  public var defaultValueDescription: String { self == .auto ? "auto" : "\(self)" }
}

extension Gate: ExpressibleByArgument {
  /// `PATH=VALUE`.
  public init?(argument: String) { self.init(parsing: argument) }

  /// Throws where one of `gates` is of no number of any report.
  static func check(_ gates: [Gate]) throws {
    for gate in gates where !gate.isPossible {
      throw ValidationError("--fail-above: no report has a number at '\(gate.path.printable)'")
    }
  }
}
