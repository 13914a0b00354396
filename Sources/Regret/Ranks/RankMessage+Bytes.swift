#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Messages as bytes: a word for the kind, then integers and numbers of 64 bits as they lie in memory, or JSON. All ranks are
/// the same program on machines of the same kind.
extension RankMessage {
  private enum Kind: UInt64 {
    case open, work, hand, end, progress, part, done, total, failure
  }

  var bytes: [UInt8] {
    switch self {
    case .open(let file, let contents): Self.bytes(.open, [contents], text: Array(file.utf8))
    case .work(let order): Self.bytes(.work, text: Self.json(order))
    case .hand: Self.bytes(.hand)
    case .end: Self.bytes(.end)
    case .done: Self.bytes(.done)
    case .failure(let line): Self.bytes(.failure, text: Array(line.utf8))
    case .progress(let count): Self.bytes(.progress, [UInt64(count)])
    case .part(let part, let keptCount, let numbers):
      Self.bytes(.part, [UInt64(part), UInt64(keptCount)] + numbers.map(\.bitPattern))
    case .total(let numbers, let cut):
      Self.bytes(
        .total,
        [UInt64(numbers.count)] + numbers.map(\.bitPattern)
          + cut.flatMap { [UInt64($0.part), UInt64($0.numbers.count)] + $0.numbers.map(\.bitPattern) })
    }
  }

  /// Nil for bytes that are no message.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 8, let kind = Kind(rawValue: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    else { return nil }
    let text = { Array(bytes[8...]) }
    let words: () -> [UInt64] = {
      bytes.withUnsafeBytes { raw in
        (1..<(raw.count / 8)).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
      }
    }
    switch kind {
    case .open:
      guard bytes.count >= 16 else { return nil }
      self = .open(
        file: String(decoding: bytes[16...], as: UTF8.self),
        contents: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) })
    case .work:
      guard let order = try? JSONDecoder().decode(RankOrder.self, from: Data(text())) else { return nil }
      self = .work(order)
    case .hand: self = .hand
    case .end: self = .end
    case .done: self = .done
    case .failure: self = .failure(String(decoding: text(), as: UTF8.self))
    case .progress:
      guard let count = words().first else { return nil }
      self = .progress(Int(count))
    case .part:
      let words = words()
      guard words.count >= 2 else { return nil }
      self = .part(Int(words[0]), keptCount: Int(words[1]), words[2...].map { Double(bitPattern: $0) })
    case .total:
      let words = words()
      var next = 0
      func take(_ count: Int) -> [Double]? {
        guard 0...(words.count - next) ~= count else { return nil }
        defer { next += count }
        return words[next..<(next + count)].map { Double(bitPattern: $0) }
      }
      guard let first = words.first, next < words.count else { return nil }
      next = 1
      guard let numbers = take(Int(first)) else { return nil }
      var cut: [Cut] = []
      while next + 1 < words.count {
        let part = Int(words[next])
        let count = Int(words[next + 1])
        next += 2
        guard let own = take(count) else { return nil }
        cut.append(Cut(part: part, numbers: own))
      }
      self = .total(numbers, cut: cut)
    }
  }

  private static func bytes(_ kind: Kind, _ words: [UInt64] = [], text: [UInt8] = []) -> [UInt8] {
    ([kind.rawValue] + words).withUnsafeBytes { Array($0) } + text
  }

  private static func json(_ order: RankOrder) -> [UInt8] {
    // Orders hold finite numbers alone.
    guard let data = try? JSONEncoder().encode(order) else { return [] }
    return Array(data)
  }
}
