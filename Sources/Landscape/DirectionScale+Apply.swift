public import Checkpoint

extension DirectionScale {
  /// `direction` [P] scaled against θ `parameters` [P], whose columns `tensors` names. Slices of θ that are zero make
  /// zeros; slices of the direction that are zero stay so.
  public func applied(to direction: [Float], at parameters: [Float], tensors: [TensorColumns]) -> [Float] {
    precondition(direction.count == parameters.count, "a direction has as many numbers as there are parameters")
    guard self != .none else { return direction }
    var result = direction
    for tensor in tensors {
      guard tensor.shape.count > 1 else {
        for column in tensor.range { result[column] = 0 }
        continue
      }
      let sliceCount = self == .filter ? tensor.shape[0] : 1
      let width = sliceCount > 0 ? tensor.count / sliceCount : 0
      for slice in 0..<sliceCount {
        let columns = (tensor.offset + slice * width)..<(tensor.offset + (slice + 1) * width)
        let own = Self.squaredNorm(direction, columns)
        let factor = own > 0 ? (Self.squaredNorm(parameters, columns) / own).squareRoot() : 0
        for column in columns { result[column] = Float(Double(direction[column]) * factor) }
      }
    }
    return result
  }

  private static func squaredNorm(_ values: [Float], _ columns: Range<Int>) -> Double {
    columns.reduce(0) { $0 + Double(values[$1]) * Double(values[$1]) }
  }
}
