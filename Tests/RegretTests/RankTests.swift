import Checkpoint
import Foundation
import Synchronization
import Testing

@testable import Regret

/// Ranks in this process, a thread each.
private final class ThreadLink: RankLink {
  private final class Mail: Sendable {
    let messages = Mutex<[(rank: Int, bytes: [UInt8])]>([])
  }

  let rank: Int
  var count: Int { mail.count }
  private let mail: [Mail]

  private init(rank: Int, mail: [Mail]) {
    self.rank = rank
    self.mail = mail
  }

  static func all(_ count: Int) -> [ThreadLink] {
    let mail = (0..<count).map { _ in Mail() }
    return (0..<count).map { ThreadLink(rank: $0, mail: mail) }
  }

  func send(_ bytes: [UInt8], to rank: Int) { mail[rank].messages.withLock { $0.append((self.rank, bytes)) } }

  func receive(within seconds: Double) -> (rank: Int, bytes: [UInt8])? {
    let end = Date().addingTimeInterval(seconds)
    repeat {
      if let message = mail[rank].messages.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return message }
      usleep(200)
    } while Date() < end
    return nil
  }
}

extension Audit {
  /// The audit of `input` by `count` ranks; `open` gives each of the others its rows.
  fileprivate static func ranked(
    _ input: AuditInput, _ options: AuditOptions, count: Int, open: @escaping @Sendable (Int) throws -> AuditInput
  ) throws -> Audit {
    let links = ThreadLink.all(count)
    let ended = DispatchGroup()
    for link in links.dropFirst() {
      ended.enter()
      Thread.detachNewThread {
        RankService(link, options: options, workerCount: 2) { _ in (try open(link.rank), contents: 7) }.run()
        ended.leave()
      }
    }
    defer {
      links[0].endAll()
      ended.wait()
    }
    return try Audit(of: input, file: "memory", contents: 7, options: options, ranks: links[0], workerCount: 2)
  }
}

@Suite("Ranks that share out the columns", .tags(.reference))
struct RankTests {
  @Test("say what one process says, whichever solver", arguments: [SolverChoice.gram, .primal, .cg], [1, 2, 3])
  func solvers(solver: SolverChoice, count: Int) throws {
    for random in RandomSample.all where !random.ids.isEmpty {
      let input = random.sample.input
      let options = AuditOptions(damping: .diagonal(0.1), solver: solver, keepsArrays: true)
      let whole = try Audit(of: input, options: options)
      let ranked = try Audit.ranked(input, options, count: count) { _ in input }
      #expect(whole.expected().disagreements(with: ranked.figures, tolerance: 1e-12).isEmpty, "\(random.name)")
      #expect(ranked.arrays == whole.arrays)
      #expect(ranked.warnings == whole.warnings)
      #expect(ranked.related?.parameters == whole.related?.parameters)
    }
  }

  private static let large = LargeSample().input

  @Test(
    "say it of columns over many tiles, in both precisions", arguments: [ElementType.float32, .float64],
    [Damping.auto, .none, .diagonal(0.1), .identity(0.03)])
  func tiles(precision: ElementType, damping: Damping) throws {
    var options = AuditOptions(damping: damping, measures: .all, solver: .gram)
    options.precision = precision
    let whole = try Audit(of: Self.large, options: options)
    for count in [2, 3, 5] {
      let ranked = try Audit.ranked(Self.large, options, count: count) { _ in Self.large }
      #expect(ranked == whole)
    }
  }

  @Test("iterate together where there is no room for products of all rows", arguments: [2, 3])
  func iterate(count: Int) throws {
    for precision in [ElementType.float32, .float64] {
      var options = AuditOptions(damping: .auto, measures: [.regret, .tensors], solver: .cg)
      options.precision = precision
      let whole = try Audit(of: Self.large, options: options)
      let ranked = try Audit.ranked(Self.large, options, count: count) { _ in Self.large }
      #expect(ranked == whole)
    }
  }

  @Test("turn to double precision together")
  func double() throws {
    let input = LargeSample(gradientCount: 4, factorCount: 12, common: 3e3).input
    var options = AuditOptions(damping: .diagonal(1e-4), measures: .regret, solver: .gram)
    options.precision = .float32
    let whole = try Audit(of: input, options: options)
    #expect(whole.plan.precision == .float64)
    #expect(try Audit.ranked(input, options, count: 3) { _ in input } == whole)
  }

  @Test("read rows that cannot be summed where that is told", arguments: [1, 2])
  func notFinite(rank: Int) throws {
    let columns = 40_000
    var values = [Float](repeating: 1, count: 4 * columns)
    for index in values.indices { values[index] = Float(index % 17) - 3 }
    values[2 * columns + (rank == 1 ? 20_000 : 39_999)] = .nan
    let input = AuditInput(
      gradients: ArrayBlocks(values, columnCount: columns, name: "/gradients"), batchSizes: [4, 4, 4, 4],
      tensors: [TensorColumns(name: "t", shape: [columns], offset: 0, count: columns)])
    let error = #expect(throws: RankFailure.self) {
      try Audit.ranked(input, AuditOptions(), count: 3) { _ in input }
    }
    #expect(error?.description == "rank \(rank): memory: /gradients: row 2 holds a value that is not finite")
  }

  @Test("end together where one cannot open the file, or sees another one", arguments: [1, 2])
  func failed(rank: Int) throws {
    let error = #expect(throws: RankFailure.self) {
      try Audit.ranked(Self.large, AuditOptions(), count: 3) {
        guard $0 != rank else { throw CheckpointError(file: "there", cause: .notFound) }
        return Self.large
      }
    }
    #expect(error?.description == "rank \(rank): there: no such file or directory")
    let other = LargeSample(gradientCount: 5).input
    #expect(throws: RankFailure.self) {
      try Audit.ranked(Self.large, AuditOptions(), count: 3) { $0 == rank ? other : Self.large }
    }
  }
}
