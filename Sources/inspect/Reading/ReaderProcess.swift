internal import Checkpoint

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A running reading process, seen from its parent, which believes nothing that it says: lengths are capped, silence
/// ends it, and it never outlives this value.
struct ReaderProcess: ~Copyable {
  private let path: String
  private var process: pid_t
  private let descriptor: Int32
  private let patience: UInt32

  /// Starts `launch`, which is this very binary but in tests, as a reading process for the file at `path`.
  /// (posix_spawn(3))
  init(
    _ command: DescribeProcess.Command = .checkpoint, for path: String, by launch: ReaderLaunch = .own
  ) throws(CheckpointError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw CheckpointError(file: path, cause: .lastSystemError("pipe")) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let identifier = launch.start(command, path, output: ends[1])
    let cause = CheckpointError.Cause.lastSystemError("start of the reading process")
    close(ends[1])
    guard let identifier else {
      close(ends[0])
      throw CheckpointError(file: path, cause: cause)
    }
    self.path = path
    self.process = identifier
    self.descriptor = ends[0]
    self.patience = launch.patience
  }

  /// What the process found in the file.
  mutating func reply<Reply: Decodable>(
    as type: Reply.Type = ReaderReply.self
  ) throws(CheckpointError) -> Reply {
    let count = try header(of: .description)
    let bytes = try contents(count)
    do {
      return try ReaderJSON.decode(type, from: bytes)
    } catch {
      throw garbled("it sent no description")
    }
  }

  /// Lends the next tile, which has `byteCount` bytes.
  mutating func tile(
    byteCount: Int, _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    guard try header(of: .tile) == byteCount else { throw garbled("it sent a tile of another size") }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
    defer { buffer.deallocate() }
    try fill(buffer)
    try body(UnsafeRawBufferPointer(buffer))
  }

  /// Waits for the word that all is said.
  mutating func end() throws(CheckpointError) { _ = try header(of: .end) }

  /// Reads a frame's header and returns its length; throws the error that the process sends instead.
  private mutating func header(of expected: ReaderFrame) throws(CheckpointError) -> Int {
    let header = try contents(ReaderFrame.headerByteCount)
    let length = header[1...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let frame = ReaderFrame(rawValue: header[0]), let count = Int(exactly: length),
      count <= frame.largestByteCount
    else { throw garbled("it sent something else than agreed") }
    if frame == .error {
      let bytes = try contents(count)
      guard var error = try? ReaderJSON.decode(CheckpointError.self, from: bytes) else {
        throw garbled("it sent an error that cannot be read")
      }
      error.file = path
      throw error
    }
    guard frame == expected else { throw garbled("it sent something else than agreed") }
    return count
  }

  private mutating func contents(_ count: Int) throws(CheckpointError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    try fill(buffer)
    return Array(buffer)
  }

  /// Reads until `buffer` is full; gives up after ``ReaderLaunch/patience`` of silence. (poll(2), read(2))
  private mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var done = 0
    while done < buffer.count {
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, Int32(patience) * 1_000)
      if ready == 0 { throw garbled("it took longer than \(patience) s") }
      guard ready > 0 else {
        if errno == EINTR { continue }
        throw CheckpointError(file: path, cause: .lastSystemError("poll"))
      }
      let count = read(descriptor, buffer.baseAddress! + done, buffer.count - done)
      if count > 0 {
        done += count
      } else if count == 0 {
        throw garbled(reap())
      } else if errno != EINTR {
        throw CheckpointError(file: path, cause: .lastSystemError("read from the reading process"))
      }
    }
  }

  /// Waits a second for the process, which has closed its end, and says how it ended. (waitpid(2))
  private mutating func reap() -> String {
    var status: Int32 = 0
    var waited: pid_t = 0
    // It may have closed its end and live on: whatever is still there is ended with this value.
    for _ in 0..<1_000 {
      waited = waitpid(process, &status, WNOHANG)
      if waited != 0 { break }
      usleep(1_000)
    }
    if waited == 0 { return "it fell silent" }
    defer { process = -1 }
    guard waited == process else { return "it ended" }
    let signal = status & 0x7f
    switch signal {
    case 0: return "it ended with status \(status >> 8 & 0xff)"
    case SIGALRM, SIGXCPU: return "it took longer than \(patience) s"
    default: return "it crashed (signal \(signal))"
    }
  }

  private func garbled(_ reason: String) -> CheckpointError {
    let reason = "HDF5 could not read it: the process that does so was given up, since \(reason)"
    return CheckpointError(file: path, cause: .hdf5(reason))
  }

  deinit {
    close(descriptor)
    if process > 0 {
      // Harmless where it has ended by itself: it is not reaped yet, so the number is still its own.
      kill(process, SIGKILL)
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }
  }
}
