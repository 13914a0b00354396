internal import ArgumentParser
internal import Checkpoint
internal import Regret

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// The processes that `mpirun` or `srun` started together, in a build with the trait MPI.
enum Ranks {
  #if MPI
    /// How this process talks to the others; nil where it was started alone.
    static let link: (any RankLink)? = MPILink.joined
  #else
    /// None: this build knows of no other process.
    static var link: (any RankLink)? { nil }
  #endif

  /// Says so, once, where several processes were started together that cannot know of each other.
  static func warn() {
    #if !MPI
      guard let count = number("OMPI_COMM_WORLD_SIZE"), count > 1, number("OMPI_COMM_WORLD_RANK") == 0 else { return }
      Terminal.complain(
        "warning: this inspect was built without MPI, so each of the \(count) processes reads and reports all: make mpi"
      )
    #endif
  }

  /// The number that a variable of the environment holds.
  private static func number(_ variable: String) -> Int? { getenv(variable).flatMap { Int(String(cString: $0)) } }

  /// Ranks on this machine, as far as whoever started them tells.
  private static var localCount: Int {
    for name in ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"] {
      if let count = number(name), count > 0 { return count }
    }
    return link?.count ?? 1
  }

  /// Threads that read columns: of processors that all ranks of a machine may use, an equal part.
  static var workerCount: Int {
    let (allowed, installed) = (Machine.processorCount, Machine.installedProcessorCount)
    return allowed < installed ? allowed : max(1, installed / localCount)
  }

  /// Options of an audit that shares its machine with other ranks.
  static func sharing(_ options: AuditOptions) -> AuditOptions {
    guard link != nil else { return options }
    var options = options
    options.memoryBound = options.memoryBound ?? Machine.physicalMemory / 4 / localCount
    return options
  }

  /// Ends all ranks with 1 and one line.
  static func abort(_ line: String) -> Never {
    Terminal.complain(line)
    #if MPI
      MPILink.abort()
    #else
      exit(1)
    #endif
  }

  /// Runs the command given by `arguments`, on rank 0 as ever; the other ranks do their share of its audits and print
  /// nothing.
  static func run(_ link: any RankLink, _ arguments: [String]) -> Never {
    guard link.rank == 0 else {
      silence()
      serve(link, arguments)
      leave(0)
    }
    var status: Int32 = 0
    do {
      let command = try Inspect.parse(arguments)
      if command.auditing.leaveOutNonFinite {
        throw ValidationError("--leave-out-non-finite needs all columns, which no rank reads: inspect without mpirun")
      }
      try command.run()
    } catch {
      status = Inspect.exitCode(for: error).rawValue
      let message = Inspect.fullMessage(for: error)
      if !message.isEmpty { status == 0 ? print(message) : Terminal.complain(lines: message) }
    }
    link.endAll()
    leave(status)
  }

  private static func serve(_ link: any RankLink, _ arguments: [String]) {
    let auditing = (try? Inspect.parse(arguments))?.auditing
    let auditor = auditing.map { Auditor($0, isQuiet: true) }
    RankService(link, options: auditor?.options ?? AuditOptions(), workerCount: workerCount) { file in
      guard let auditor else { throw RankFailure("it was given other arguments") }
      let rows = try auditor.rows(of: file)
      return (rows.input, try rows.checkpoint.contents())
    }.run()
  }

  /// Sends what this process would print to nowhere.
  private static func silence() {
    let nowhere = open("/dev/null", O_WRONLY)
    guard nowhere >= 0 else { return }
    dup2(nowhere, 1)
    dup2(nowhere, 2)
  }

  private static func leave(_ status: Int32) -> Never {
    #if MPI
      MPILink.leave()
    #endif
    exit(status)
  }
}
