/// One parameter tensor of a model: its name and shape, row-major.
public struct TensorLayout: Hashable, Codable, Sendable {
  /// A name that is unique in the model, such as `hidden.weight`.
  public let name: String
  /// Extents, outermost first; empty for a scalar.
  public let shape: [Int]

  /// A tensor called `name` with extents `shape`.
  public init(_ name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// Number of elements: the product of the extents.
  public var count: Int { shape.reduce(1, *) }
}

/// The columns that a tensor takes in a row of P numbers.
public struct TensorColumns: Hashable, Codable, Sendable {
  /// A name that is unique in the checkpoint.
  public let name: String
  /// Extents, outermost first.
  public let shape: [Int]
  /// First column.
  public let offset: Int
  /// Number of columns.
  public let count: Int

  /// Columns `offset ..< offset + count` hold the tensor `name`.
  public init(name: String, shape: [Int], offset: Int, count: Int) {
    self.name = name
    self.shape = shape
    self.offset = offset
    self.count = count
  }

  /// Whether the extents multiply to the number of columns.
  var hasMatchingShape: Bool {
    var product = 1
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return false }
      product = next
    }
    return product == count
  }

  /// The columns as a range.
  public var range: Range<Int> { offset..<(offset + count) }
}

extension [TensorLayout] {
  /// The tensors of `layers` layers that a model keeps one after another in one array [layers, shape…]: `name.0`, `name.1`, …,
  /// so that reports tell of each layer and gather them by kind.
  public static func stacked(_ name: String, layers: Int, shape: [Int]) -> [TensorLayout] {
    (0..<layers).map { TensorLayout("\(name).\($0)", shape: shape) }
  }

  /// The same tensors laid one after another from column 0.
  public var columns: [TensorColumns] {
    var offset = 0
    return map { layout in
      defer { offset += layout.count }
      return TensorColumns(name: layout.name, shape: layout.shape, offset: offset, count: layout.count)
    }
  }
}
