internal import Checkpoint
internal import Dispatch
internal import Regret
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
  internal import Glibc
#else
  internal import Foundation
#endif

/// Audits a checkpoint file in this process and prints what its parts took, as a line of JSON.
///
///     inspect describe FILE | PassTime FILE DAMPING
@main
enum Main {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let damping = damping(arguments[2]) else {
      print("usage: inspect describe FILE | PassTime FILE diagonal:RHO|identity:RHO")
      exit(64)
    }
    let file = try ReadOnlyFile(opening: arguments[1])
    let checkpoint = try OpenCheckpoint(try description(), in: file, decoded: nil)
    let input = try AuditInput(checkpoint)
    let start = DispatchTime.now()
    let lastBlock = Mutex(start)
    let options = AuditOptions(damping: damping, measures: .regret) { _, _ in
      let now = DispatchTime.now()
      lastBlock.withLock { $0 = max($0, now) }
    }
    let audit = try Audit(of: input, options: options)
    let end = DispatchTime.now()
    let pass = lastBlock.withLock { $0 }
    print(
      """
      {"pass_s": \(seconds(start, pass)), "rest_s": \(seconds(pass, end)), "solver": "\(audit.plan.solver.rawValue)", \
      "block_width": \(audit.plan.blockWidth), "workers": \(audit.plan.workerCount)}
      """)
  }

  private static func damping(_ text: String) -> Damping? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let weight = Double(parts[1]) else { return nil }
    switch parts[0] {
    case "diagonal": return .diagonal(weight)
    case "identity": return .identity(weight)
    default: return nil
    }
  }

  private static func seconds(_ start: DispatchTime, _ end: DispatchTime) -> Double {
    Double(end.uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
  }

  /// The description in the first frame of standard input: a kind, a length of eight bytes, and JSON.
  private static func description() throws -> CheckpointDescription {
    struct Reply: Decodable { let description: CheckpointDescription }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(0, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    let count = bytes[1..<9].reversed().reduce(0) { $0 << 8 | Int($1) }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Reply.self, from: Data(bytes[9..<(9 + count)])).description
  }
}
