#if MPI
  internal import CMPI
  internal import Regret
  internal import Synchronization

  #if canImport(Darwin)
    internal import Darwin
  #else
    internal import Glibc
  #endif

  /// Messages by MPI: the length of each, then its bytes in pieces, all between two ranks in order.
  struct MPILink: RankLink {
    let rank: Int
    let count: Int
    /// One call at a time, from whichever thread.
    private let lock: Lock

    private final class Lock: Sendable {
      let mutex = Mutex(())
    }

    private static let lengthTag: Int32 = 1
    private static let bytesTag: Int32 = 2
    /// MPI counts in 32 bits.
    private static let pieceLength = 1 << 30

    /// The ranks that were started with this process; nil where it was started alone.
    static var joined: MPILink? {
      let variables = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]
      guard variables.contains(where: { getenv($0) != nil }) else { return nil }
      guard gp_mpi_initialize() != 0 else {
        Terminal.complain("MPI cannot be called from several threads here")
        exit(1)
      }
      return MPILink(rank: Int(gp_mpi_rank()), count: Int(gp_mpi_count()), lock: Lock())
    }

    func send(_ bytes: [UInt8], to rank: Int) {
      lock.mutex.withLock { _ in
        var length = UInt64(bytes.count)
        gp_mpi_send(&length, 8, Int32(rank), Self.lengthTag)
        bytes.withUnsafeBytes { bytes in
          for start in stride(from: 0, to: bytes.count, by: Self.pieceLength) {
            let count = min(Self.pieceLength, bytes.count - start)
            gp_mpi_send(bytes.baseAddress! + start, Int32(count), Int32(rank), Self.bytesTag)
          }
        }
      }
    }

    func receive(within seconds: Double) -> (rank: Int, bytes: [UInt8])? {
      // Asks now and then: a blocking call would keep a processor busy that another rank may need.
      for _ in 0..<max(1, Int(seconds / 5e-4)) {
        if let message = lock.mutex.withLock({ _ in receive() }) { return message }
        usleep(500)
      }
      return nil
    }

    private func receive() -> (rank: Int, bytes: [UInt8])? {
      let source = gp_mpi_probe(Self.lengthTag)
      guard source >= 0 else { return nil }
      var length: UInt64 = 0
      gp_mpi_receive(&length, 8, source, Self.lengthTag)
      let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
        for start in stride(from: 0, to: Int(length), by: Self.pieceLength) {
          let count = min(Self.pieceLength, Int(length) - start)
          gp_mpi_receive(buffer.baseAddress! + start, Int32(count), source, Self.bytesTag)
        }
        count = Int(length)
      }
      return (Int(source), bytes)
    }

    /// Ends all ranks with 1.
    static func abort() -> Never {
      gp_mpi_abort(1)
      exit(1)
    }

    /// To be called by each rank when nothing is left to do.
    static func leave() { gp_mpi_finalize() }
  }
#endif
