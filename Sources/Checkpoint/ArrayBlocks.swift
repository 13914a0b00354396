/// Rows in memory, row-major.
public struct ArrayBlocks<Element: StoredElement>: ColumnBlocks {
  /// Number of rows.
  public let rowCount: Int
  /// Number of columns.
  public let columnCount: Int
  /// What the rows are called in messages.
  public let name: String
  /// There is no file.
  public var file: String { "memory" }
  private let elements: [Element]

  /// `elements` as rows of `columnCount` numbers each.
  public init(_ elements: [Element], columnCount: Int, name: String = "rows") {
    precondition(columnCount > 0 && elements.count.isMultiple(of: columnCount), "elements do not fill whole rows")
    self.elements = elements
    self.columnCount = columnCount
    self.rowCount = elements.count / columnCount
    self.name = name
  }

  /// How one number is stored.
  public var elementType: ElementType { Element.elementType }

  /// Copies a block of columns out of the array.
  public func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    let size = MemoryLayout<Element>.stride
    elements.withUnsafeBytes { source in
      destination.withUnsafeMutableBytes { target in
        for (index, row) in rows.enumerated() {
          let first = (row * columnCount + columns.lowerBound) * size
          UnsafeMutableRawBufferPointer(rebasing: target[(index * rowStride)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first..<(first + columns.count * size)]))
        }
      }
    }
  }
}

/// A Swift number that checkpoint files store as it is.
public protocol StoredElement: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// How the file names it.
  static var elementType: ElementType { get }
}

extension Float: StoredElement {
  /// `float32`
  public static var elementType: ElementType { .float32 }
}

extension Double: StoredElement {
  /// `float64`
  public static var elementType: ElementType { .float64 }
}
