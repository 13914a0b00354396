internal import CFloor
internal import Dispatch
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Prints what all processors together can do at most, as a line of JSON: multiply-adds of float32, and copying from
/// memory. Rates are by each thread's own processor time, so that other programs at work take little from them.
@main
enum Main {
  static func main() {
    let processors = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let operations = rate(threads: processors) { floor_multiply_add(1 << 20) }

    let part = 256 << 20
    let source = UnsafeMutableRawBufferPointer.allocate(byteCount: part * processors, alignment: 4096)
    defer { source.deallocate() }
    memset(source.baseAddress!, 1, source.count)
    let address = UInt(bitPattern: source.baseAddress!)
    let next = Atomic<Int>(0)
    let bytes = rate(threads: processors) {
      // Every call another part, so that none is in a cache.
      let place = next.add(1, ordering: .relaxed).oldValue % processors
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: 64 << 10, alignment: 4096)
      defer { buffer.deallocate() }
      floor_copy(UnsafeRawPointer(bitPattern: address + UInt(place * part)), buffer, 64 << 10, part)
      return Double(part)
    }
    print(
      """
      {"processors": \(processors), "instructions": "\(String(cString: floor_instructions()))", \
      "operations_per_second": \(operations), "bytes_per_second": \(bytes)}
      """)
  }

  /// Sum over `threads` at work together of amount per second of processor time, for about a fifth of a second.
  private static func rate(threads: Int, _ work: @Sendable () -> Double) -> Double {
    let total = Mutex(0.0)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      _ = work()
      let start = floor_thread_seconds()
      var (amount, seconds) = (0.0, 0.0)
      while seconds < 0.2 {
        amount += work()
        seconds = floor_thread_seconds() - start
      }
      let rate = amount / seconds
      total.withLock { $0 += rate }
    }
    return total.withLock { $0 }
  }
}
