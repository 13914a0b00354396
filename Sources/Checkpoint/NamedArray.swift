/// An array with its name, its axes and what it is, for a file of results.
public struct NamedArray: Hashable, Sendable {
  /// The elements of an array, row-major.
  public enum Elements: Hashable, Sendable {
    /// Numbers; what is not known is NaN.
    case numbers([Double])
    /// Whole numbers.
    case integers([Int])
    /// Texts.
    case texts([String])

    /// Number of elements.
    public var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .integers(let values): values.count
      case .texts(let values): values.count
      }
    }
  }

  /// Its path: names of groups and its own, separated by slashes.
  public let path: String
  /// Name and length of each axis, outermost first.
  public let axes: [Axis]
  /// Its elements.
  public let elements: Elements
  /// Their unit; nil for none.
  public let unit: String?
  /// What it is, in a few words.
  public let meaning: String

  /// An axis.
  public struct Axis: Hashable, Sendable {
    /// Its name; axes of one name have one length.
    public let name: String
    /// Its length.
    public let count: Int

    /// `count` places called `name`.
    public init(_ name: String, _ count: Int) {
      self.name = name
      self.count = count
    }
  }

  /// The array at `path`.
  public init(_ path: String, _ axes: [Axis], _ elements: Elements, unit: String? = nil, _ meaning: String) {
    precondition(axes.reduce(1) { $0 * $1.count } == elements.count, "\(path): elements do not fill the axes")
    self.path = path
    self.axes = axes
    self.elements = elements
    self.unit = unit
    self.meaning = meaning
  }
}
