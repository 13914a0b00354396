import Checkpoint
import Landscape
import Testing

@Suite("Directions")
struct DirectionTests {
  private static let tensors = [
    TensorLayout("kernel", shape: [3, 2, 2, 1]), TensorLayout("scale", shape: [5]),
    TensorLayout("weight", shape: [2, 4]),
    TensorLayout("temperature", shape: []),
  ].columns
  private static let parameters: [Float] = {
    var generator = SplitMix64(seed: 9)
    return (0..<26).map { _ in Float(generator.normal()) }
  }()

  private func norm(_ values: ArraySlice<Float>) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  @Test("by filter: every output row as long as θ's, one-dimensional tensors zero")
  func filter() {
    let direction = Direction.random(at: Self.parameters, tensors: Self.tensors, scale: .filter, seed: 1)
    for row in [0..<4, 4..<8, 8..<12, 17..<21, 21..<25] {
      #expect(abs(norm(direction.values[row]) / norm(Self.parameters[row]) - 1) < 1e-6)
    }
    #expect(direction.values[12..<17].allSatisfy { $0 == 0 })
    #expect(direction.values[25] == 0)
  }

  @Test("by layer: every tensor as long as θ's, one-dimensional tensors zero")
  func layer() {
    let direction = Direction.random(at: Self.parameters, tensors: Self.tensors, scale: .layer, seed: 1)
    for tensor in [0..<12, 17..<25] {
      #expect(abs(norm(direction.values[tensor]) / norm(Self.parameters[tensor]) - 1) < 1e-6)
    }
    #expect(abs(norm(direction.values[0..<4]) / norm(Self.parameters[0..<4]) - 1) > 1e-3)
    #expect(direction.values[12..<17].allSatisfy { $0 == 0 })
  }

  @Test("not scaled: as drawn, biases included")
  func none() {
    let direction = Direction.random(at: Self.parameters, tensors: Self.tensors, scale: .none, seed: 1)
    #expect(direction.values.allSatisfy { $0 != 0 })
    let elsewhere = Direction.random(
      at: Self.parameters.map { 100 * $0 }, tensors: Self.tensors, scale: .none, seed: 1)
    #expect(direction.values == elsewhere.values)
  }

  @Test("scaling a filter of θ scales the direction's, and no other")
  func equivariance() {
    var scaled = Self.parameters
    for column in 4..<8 { scaled[column] *= 8 }
    let before = Direction.random(at: Self.parameters, tensors: Self.tensors, scale: .filter, seed: 4).values
    let after = Direction.random(at: scaled, tensors: Self.tensors, scale: .filter, seed: 4).values
    for column in before.indices {
      let factor: Float = (4..<8).contains(column) ? 8 : 1
      #expect(abs(after[column] - factor * before[column]) <= 1e-6 * abs(factor * before[column]))
    }
  }

  @Test("zeros of θ and of the direction make no NaN")
  func zeros() {
    let values = DirectionScale.filter.applied(
      to: [0, 0, 1, 1], at: [3, 4, 0, 0], tensors: [TensorLayout("w", shape: [2, 2])].columns)
    #expect(values == [0, 0, 0, 0])
  }

  @Test("repeat for a seed and differ between seeds")
  func seeds() {
    let all = [1, 1, 2].map {
      Direction.random(at: Self.parameters, tensors: Self.tensors, scale: .filter, seed: $0)
    }
    #expect(all[0] == all[1])
    #expect(all[0].values != all[2].values)
  }

  @Test("between two checkpoints, α = 1 is the other")
  func between() {
    let grid = SliceGrid(GridAxis(from: -1, to: 1, count: 3))
    let direction = Direction.between([1, 2, 4], [3, 2, 0])
    var offset: [Float] = [9, 9, 9]
    grid.offset(of: 2, along: [direction], into: &offset)
    #expect(offset == [2, 0, -4])
  }
}
