internal import Checkpoint

/// What somebody meant who gave something else, and what to give instead.
enum Advice {
  /// A name that is close to that of a subcommand and no file's; nil where `first` may be meant as it is.
  static func subcommand(for first: String, among names: [String]) -> String? {
    guard !first.hasPrefix("-"), !first.contains("/"), !first.contains("."), !RunFiles.exists(first) else { return nil }
    let nearest = names.map { ($0, distance(Array(first.lowercased()), Array($0))) }.min { $0.1 < $1.1 }
    guard let (name, distance) = nearest, distance <= max(1, min(2, name.count / 3)) else { return nil }
    return "\(first): there is no such subcommand, file or directory; did you mean '\(name)'?"
  }

  /// Where `path` is no directory: `command` follows a run.
  static func followed(_ path: String, by command: String) -> String? {
    guard RunFiles.exists(path), !RunFiles.isDirectory(path) else { return nil }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return "\(path): it is a file, and \(command) follows the directory of a run: inspect \(command) "
      + "\(directory.isEmpty ? "/" : directory); a file is reported by inspect \(path)"
  }

  /// Where `path` is a directory: `export` takes one file.
  static func exported(_ path: String) -> String? {
    guard RunFiles.isDirectory(path) else { return nil }
    guard let last = (try? RunFiles.list(path))??.last else {
      return "\(path): it is a directory, and export takes one checkpoint file"
    }
    return "\(path): it is a directory, and export takes one checkpoint file, such as \(last)"
  }

  /// Steps of one letter (changed, left out, put in, or two neighbours swapped) between two words.
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var rows = [Array(0...other.count)]
    for (i, letter) in one.enumerated() {
      var row = [i + 1]
      for (j, second) in other.enumerated() {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == second ? 0 : 1))
        if i > 0, j > 0, letter == other[j - 1], one[i - 1] == second { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}
