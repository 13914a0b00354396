internal import Checkpoint

/// Something that validation has to say about a file.
struct Finding {
  enum Kind: String {
    /// The file's digest.
    case sha256
    /// Nothing is wrong.
    case ok
    /// Nothing is wrong, but something limits what can be told.
    case note
    /// Something is wrong.
    case fault
  }

  let file: String
  let kind: Kind
  let text: String

  init(_ file: String, _ kind: Kind, _ text: String) {
    self.file = file
    self.kind = kind
    self.text = text
  }

  init(_ error: CheckpointError) { self.init(error.file, .fault, "\(error.cause)") }

  /// `file: kind: text`
  var line: String { "\(file): \(kind.rawValue): \(text)" }
}
