/// Where each tensor lies in a row of P numbers.
struct RowLayout: Hashable, Sendable {
  let tensors: [TensorColumns]
  /// P, or the columns of this process's shard.
  let count: Int
  /// The tensors that files tell of: whole, where the rows hold parts of them.
  var fileTensors: [TensorColumns]
  /// The columns of ``fileTensors`` that the rows hold.
  var columns: Range<Int>
  private let indices: [String: Int]

  init(_ layouts: [TensorLayout]) throws(CaptureError) {
    guard !layouts.isEmpty else { throw .invalidLayout("no tensors") }
    var indices: [String: Int] = [:]
    for (index, layout) in layouts.enumerated() {
      guard !layout.name.isEmpty else { throw .invalidLayout("tensor \(index) has no name") }
      guard layout.shape.allSatisfy({ $0 > 0 }) else {
        throw .invalidLayout("tensor \(layout.name) has shape \(layout.shape)")
      }
      guard indices.updateValue(index, forKey: layout.name) == nil else {
        throw .invalidLayout("the name \(layout.name) stands twice")
      }
    }
    self.indices = indices
    tensors = layouts.columns
    count = tensors[tensors.count - 1].range.upperBound
    fileTensors = tensors
    columns = 0..<count
  }

  func index(of name: String) -> Int? { indices[name] }

  /// Throws where `other` is not the same, saying what differs.
  func check(against other: RowLayout) throws(CaptureError) {
    guard self != other else { return }
    for (old, new) in zip(tensors, other.tensors) where old != new {
      throw .layoutChanged(
        old.name == new.name
          ? "\(old.name) had shape \(old.shape) and has \(new.shape)" : "\(old.name) stood where \(new.name) is")
    }
    guard tensors.count != other.tensors.count else { throw .layoutChanged("the shard has other columns than before") }
    throw .layoutChanged("\(tensors.count) tensors before, \(other.tensors.count) now")
  }
}
