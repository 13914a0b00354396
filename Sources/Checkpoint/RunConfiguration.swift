/// What people call a run, and the settings of its training: for telling runs apart, never for a number of a report.
public struct RunConfiguration: Hashable, Codable, Sendable {
  /// What people call it; nil where it has no name.
  public var name: String?
  /// Settings of its training by name, such as `learning_rate`.
  public var values: [String: ConfigurationValue]

  /// A run called `name` with its settings.
  public init(name: String? = nil, values: [String: ConfigurationValue] = [:]) {
    self.name = name
    self.values = values
  }

  /// Whether there is nothing to tell.
  public var isEmpty: Bool { name == nil && values.isEmpty }

  /// These with those of `newer` in their place, where it has any.
  public func updated(with newer: RunConfiguration) -> RunConfiguration {
    RunConfiguration(name: newer.name ?? name, values: values.merging(newer.values) { $1 })
  }
}

/// One setting of a training: a number or a text. A literal is one by itself.
public enum ConfigurationValue: Hashable, Codable, Sendable {
  /// A number, such as a learning rate.
  case number(Double)
  /// A text, such as the name of an optimizer.
  case text(String)

  /// A number.
  public init(_ value: Double) { self = .number(value) }
  /// A number.
  public init(_ value: Float) { self = .number(Double(value)) }
  /// A number.
  public init(_ value: Int) { self = .number(Double(value)) }
  /// A text.
  public init(_ value: String) { self = .text(value) }
}

extension ConfigurationValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
  ExpressibleByBooleanLiteral
{
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
  /// The text `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .text(value ? "true" : "false") }
}
