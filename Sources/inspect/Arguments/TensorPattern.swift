internal import ArgumentParser

/// A pattern of whole tensor names: `*` stands for any text, `?` for one character.
struct TensorPattern: ExpressibleByArgument {
  let text: String

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    text = argument
  }

  func matches(_ name: String) -> Bool {
    let pattern = Array(text)
    let name = Array(name)
    var place = 0
    var at = 0
    // Where the last star stood and what it has taken so far: only that one ever has to give way.
    var star: (place: Int, at: Int)?
    while at < name.count {
      if place < pattern.count && pattern[place] == "*" {
        star = (place, at)
        place += 1
      } else if place < pattern.count && (pattern[place] == "?" || pattern[place] == name[at]) {
        place += 1
        at += 1
      } else if let last = star {
        star = (last.place, last.at + 1)
        place = last.place + 1
        at = last.at + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
