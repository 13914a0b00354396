import Checkpoint

/// A language in which each two tokens have a few that may follow them.
struct Language {
  private let tokens: Int
  private let next: [[Int]]

  init(tokens: Int, using generator: inout SplitMix64) {
    self.tokens = tokens
    next = (0..<(tokens * tokens)).map { _ in
      (0..<4).map { _ in Int.random(in: 0..<tokens, using: &generator) }
    }
  }

  /// `count` sentences of `length` tokens.
  func sentences(_ count: Int, length: Int, using generator: inout SplitMix64) -> [[Int]] {
    (0..<count).map { _ in
      var sentence = (0..<2).map { _ in Int.random(in: 0..<tokens, using: &generator) }
      while sentence.count < length {
        let choices = next[sentence[sentence.count - 2] * tokens + sentence[sentence.count - 1]]
        // The first are likelier.
        let places = (0..<2).map { _ in Int.random(in: choices.indices, using: &generator) }
        sentence.append(choices[min(places[0], places[1])])
      }
      return sentence
    }
  }
}
