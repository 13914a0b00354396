#if MPI
  import Checkpoint
  import CheckpointHDF5
  import Foundation
  import TestSupport
  import Testing

  /// `make mpi` runs these: they take a build with the trait MPI.
  @Suite("Ranks that mpirun starts", .serialized) struct RanksTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func ranks(
      _ count: Int, _ arguments: [String], shell: String? = nil, seconds: Double = 60, then ending: Int32? = nil
    ) -> CommandOutcome {
      let program = shell.map { ["bash", "-c", "\($0); exec \"$0\" \"$@\""] } ?? []
      return Command("mpirun").run(
        ["--allow-run-as-root", "--oversubscribe", "-q", "-n", "\(count)"] + program + [Command.inspectPath]
          + arguments, in: scratch, seconds: seconds, then: ending)
    }

    private static let json = ["--format", "json", "-q", "--no-cache"]

    static let options: [[String]] = [
      [], ["--damping", "identity:0.1"], ["--damping", "none", "--measures", "all"], ["--fisher", "minibatch"],
      ["--tensors", "b", "--tensors", "d"], ["--solver", "cg", "--damping", "diagonal:0.2"], ["--solver", "cg"],
      ["--solver", "primal", "--tensors", "e"], ["--format", "html"],
    ]

    @Test("say what one process says, to the last digit", arguments: options)
    func same(options: [String]) throws {
      try writeWide(to: scratch("wide.h5"))
      let arguments = [scratch("wide.h5")] + Self.json + options
      let whole = try InspectBinary.run(arguments)
      #expect(whole.status == 0)
      for count in [1, 2, 3] {
        let outcome = ranks(count, arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output == whole.output, "\(count) ranks")
      }
    }

    @Test("write plain text where mpirun's output goes to a file")
    func plain() throws {
      try writeWide(to: scratch("wide.h5"))
      let outcome = ranks(2, [scratch("wide.h5")])
      #expect(try outcome.output == InspectBinary.run([scratch("wide.h5"), "--no-cache"]).output)
      #expect(!outcome.output.contains("\u{1b}"))
    }

    @Test("read runs, and shards")
    func runs() throws {
      let run = scratch("run")
      try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
      try writeWide(to: run + "/step-1.h5")
      try writeWide(step: 2, to: scratch("two.h5"))
      try writeShards(of: scratch("two.h5"), to: run + "/step-2.h5", columns: [0..<20_000, 20_000..<40_100])
      #expect(try ranks(2, [run] + Self.json).output == InspectBinary.run([run] + Self.json).output)
    }

    @Test("end together in one line where rows are damaged, whichever rank reads them", arguments: [0, 1])
    func damaged(rank: Int) throws {
      try writeWide(to: scratch("wide.h5"))
      let checkpoint = try CheckpointReader.open(scratch("wide.h5"))
      guard case .contiguous(let offset) = checkpoint.description.gradients.storage else { return }
      try flip(bit: 3, at: offset + 4 * (rank == 0 ? 5 : 40_000), of: scratch("wide.h5"))
      let outcome = ranks(2, [scratch("wide.h5")], seconds: 10)
      #expect(outcome.status == 1 && !outcome.isTimedOut && outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("rank \(rank): \(scratch("wide.h5")): /gradients, row 0, columns"))
    }

    @Test("end together where a file is cut, missing or another one")
    func cut() throws {
      try writeWide(to: scratch("wide.h5"))
      for path in [scratch("nothing.h5"), scratch("cut.h5")] {
        if path.hasSuffix("cut.h5") { try bytes(of: scratch("wide.h5"))[..<100_000].write(to: URL(filePath: path)) }
        let outcome = ranks(2, [path], seconds: 10)
        #expect(outcome.status == 1 && !outcome.isTimedOut && outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix(path))
      }
      // Each rank sees a file of its own by that name.
      try writeWide(seed: 4, to: scratch("other.h5"))
      let shell =
        "mkdir -p \(scratch("d"))$OMPI_COMM_WORLD_RANK && cd \(scratch("d"))$OMPI_COMM_WORLD_RANK && "
        + "cp \(scratch.path)/$([ $OMPI_COMM_WORLD_RANK = 0 ] && echo wide || echo other).h5 it.h5"
      let outcome = ranks(2, ["it.h5"], shell: shell, seconds: 10)
      #expect(outcome.status == 1 && outcome.errors == "rank 1: it.h5: it is another file here than on rank 0\n")
    }

    @Test("end together where one is killed or has no memory left, within seconds")
    func killed() throws {
      try writeWide(to: scratch("wide.h5"))
      for shell in [
        "[ $OMPI_COMM_WORLD_RANK = 1 ] && (sleep 0.$((RANDOM % 9)); kill -9 $$) &",
        "[ $OMPI_COMM_WORLD_RANK = 0 ] && (sleep 0.$((RANDOM % 9)); kill -9 $$) &",
        "[ $OMPI_COMM_WORLD_RANK = 1 ] && ulimit -v 700000 || true",
      ] {
        let outcome = ranks(3, [scratch("wide.h5")] + Self.json, shell: shell, seconds: 10)
        #expect(!outcome.isTimedOut)
        // Whoever ends before the signal has reported in full.
        #expect(outcome.status != 0 || outcome.output.hasSuffix("}\n"))
      }
    }

    @Test("answer to what makes no sense once, and as ever")
    func usage() throws {
      try writeWide(to: scratch("wide.h5"))
      for (arguments, status) in [
        (["--bogus"], 64), (["--version"], 0), ([scratch("wide.h5"), "--leave-out-non-finite"], 64),
        ([scratch("wide.h5"), "-q", "--fail-above", "euclidean.regret=0"], 2),
      ] as [([String], Int32)] {
        let outcome = ranks(2, arguments)
        #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      }
      let outcome = ranks(2, ["validate", scratch("wide.h5")])
      #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
      #expect(ranks(2, ["--version"]).output == ranks(1, ["--version"]).output)
    }
  }
#endif
