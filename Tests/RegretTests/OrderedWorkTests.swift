import Synchronization
import Testing

@testable import Regret

@Suite("Work spread over workers")
struct OrderedWorkTests {
  struct Failure: Error, Equatable { var piece: Int }

  @Test("is added up in the order of its pieces", arguments: [1, 2, 7], [1, 3])
  func order(workers: Int, waiting: Int) {
    let taken = Mutex<[Int]>([])
    OrderedWork.run(count: 200, workerCount: workers, waitingCount: waiting, worker: {}) { _, piece throws(Never) in
      // Pieces of uneven length, so that later ones are there first.
      var sum = 0
      for step in 0..<(piece % 5 == 0 ? 20_000 : 10) { sum &+= step }
      return (piece, sum)
    } commit: { piece, result in
      taken.withLock { $0.append(piece == result.0 ? piece : -1) }
      return nil
    }
    #expect(taken.withLock { $0 } == Array(0..<200))
  }

  @Test("leaves results that are early to whoever brings the one before them")
  func early() {
    let results = OrderedResults<Int>(capacity: 4)
    let taken = Mutex<[Int]>([])
    func put(_ number: Int, _ result: Int?) {
      results.begin()
      results.put(number, result) { number, result in
        taken.withLock { $0.append(result) }
        return nil
      }
    }
    put(2, 20)
    put(1, nil)
    put(3, 30)
    #expect(taken.withLock { $0 } == [])
    put(0, 0)
    #expect(taken.withLock { $0 } == [0, 20, 30])
  }

  @Test("does what follows a piece once, beside others", arguments: [1, 2, 7])
  func afterwards(workers: Int) {
    let done = Mutex<[Int]>([])
    OrderedWork.run(count: 50, workerCount: workers, worker: {}) { _, piece throws(Never) in
      piece
    } commit: { piece, _ in
      guard piece.isMultiple(of: 3) else { return nil }
      return { done.withLock { $0.append(piece) } }
    }
    #expect(done.withLock { $0.sorted() } == Array(stride(from: 0, to: 50, by: 3)))
  }

  @Test("throws the error that is met, and skips what is begun after it", arguments: [1, 2, 7])
  func failure(workers: Int) {
    let taken = Mutex<[Int]>([])
    let skipped = Mutex<[Int]>([])
    #expect(throws: Failure(piece: 20)) {
      try OrderedWork.run(count: 100, workerCount: workers, worker: {}) { _, piece throws(Failure) in
        if piece == 20 { throw Failure(piece: piece) }
        return piece
      } skip: { piece in
        skipped.withLock { $0.append(piece) }
      } commit: { piece, _ in
        taken.withLock { $0.append(piece) }
        return nil
      }
    }
    let (results, rest) = (taken.withLock { $0 }, skipped.withLock { $0 })
    #expect(results.starts(with: 0..<20) && results == results.sorted())
    #expect(rest.contains(20) && Set(results).isDisjoint(with: rest) && results.count + rest.count == 100)
  }
}
