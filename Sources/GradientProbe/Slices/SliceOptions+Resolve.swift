internal import Checkpoint
internal import CheckpointHDF5
internal import Landscape

extension SliceOptions {
  /// The directions, one for each of `axes`, at θ `parameters`.
  func resolve(
    at parameters: [Float]?, _ layout: RowLayout, axes: Int
  ) throws -> [Direction] {
    let directions: [Direction]
    switch self.directions {
    case .random(let scale, let seed):
      guard let known = parameters ?? (scale == .none ? [Float](repeating: 0, count: layout.count) : nil) else {
        throw CaptureError.invalidSlice("directions are scaled against parameters, which the model does not tell")
      }
      directions = (0..<axes).map { axis in
        // Each axis has a seed of its own that the file can name, and neighbouring seeds share none.
        let own = seed &* 2 &+ UInt64(axis) & UInt64(Int64.max)
        return Direction.random(
          "random \(axis + 1)", at: known, tensors: layout.tensors, scale: scale, seed: own)
      }
    case .towards(let checkpoint):
      guard axes == 1 else { throw CaptureError.invalidSlice("a line to another checkpoint needs a grid of one axis") }
      guard let parameters else {
        throw CaptureError.invalidSlice(
          "the line to another checkpoint begins at parameters that the model does not tell")
      }
      let other = try CheckpointReader.open(checkpoint)
      guard other.description.tensors == layout.tensors else {
        throw CaptureError.layoutChanged("\(checkpoint) has other tensors than the model")
      }
      guard let end = try other.parameterValues() else {
        throw CheckpointError(file: checkpoint, cause: .missing("/parameters"))
      }
      directions = [.between(parameters, end, name: "towards step \(other.description.step)")]
    case .given(let given):
      directions = given
    }
    guard directions.count == axes else {
      throw CaptureError.invalidSlice("\(directions.count) directions for a grid of \(axes) axes")
    }
    for direction in directions where direction.values.count != layout.count || !direction.norm.isFinite {
      throw CaptureError.invalidSlice("direction \(direction.name) has not \(layout.count) finite numbers")
    }
    return directions
  }

  /// Throws where `name` would not make a plain file name.
  static func check(name: String) throws(CaptureError) {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
      throw .invalidSlice("its name may have letters, digits, '-', '_' and '.', 64 at most")
    }
  }
}
