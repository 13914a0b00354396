import Foundation

/// The processes that train together: this one is rank 0 and starts the others, or is one of those. All that they say to each
/// other goes through pipes.
final class Group {
  let rank: Int
  let count: Int
  private var others: [Process] = []
  /// From every other rank, or from rank 0.
  private var sources: [FileHandle] = []
  private var targets: [FileHandle] = []

  /// Rank 0 of `count`: starts this program again with `arguments` and the number of each other rank.
  init(startingOthers count: Int, _ arguments: [String]) throws {
    rank = 0
    self.count = count
    for rank in 1..<count {
      let process = Process()
      process.executableURL = URL(filePath: CommandLine.arguments[0])
      process.arguments = arguments + ["\(rank)"]
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      others.append(process)
      targets.append(input.fileHandleForWriting)
      sources.append(output.fileHandleForReading)
    }
  }

  /// Rank `rank` of `count`, started by rank 0.
  init(rank: Int, of count: Int) {
    self.rank = rank
    self.count = count
    sources = [.standardInput]
    targets = [.standardOutput]
  }

  /// The sum of `values` over all ranks, the same in each to the last bit.
  func sum(_ values: [Float]) throws -> [Float] {
    guard count > 1 else { return values }
    if rank > 0 { try send(values, to: targets[0]) }
    var total = values
    for source in sources {
      let received = try receive(values.count, from: source)
      total = rank > 0 ? received : zip(total, received).map { $0 + $1 }
    }
    if rank == 0 { for target in targets { try send(total, to: target) } }
    return total
  }

  /// Waits until the others have ended; throws where one failed.
  func finish() throws {
    for target in targets { try target.close() }
    for process in others {
      process.waitUntilExit()
      if process.terminationStatus != 0 { throw CocoaError(.executableRuntimeMismatch) }
    }
  }

  private func send(_ values: [Float], to handle: FileHandle) throws {
    try handle.write(contentsOf: values.withUnsafeBytes { Data($0) })
  }

  private func receive(_ number: Int, from handle: FileHandle) throws -> [Float] {
    var data = Data()
    while data.count < 4 * number {
      guard let more = try handle.read(upToCount: 4 * number - data.count), !more.isEmpty else {
        throw CocoaError(.fileReadUnknown)
      }
      data += more
    }
    return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
}
