internal import ArgumentParser
internal import Regret

/// A list of measures separated by commas.
struct MeasureList: ExpressibleByArgument {
  let measures: Measures

  static let names = Measures.named.map { ($0.name, $0.measure) } + [("all", .all)]

  init(_ measures: Measures) { self.measures = measures }

  init?(argument: String) {
    var measures: Measures = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let named = Self.names.first(where: { $0.0 == part }) else { return nil }
      measures.formUnion(named.1)
    }
    self.measures = measures
  }

  static var allValueStrings: [String] { names.map(\.0) }
}
