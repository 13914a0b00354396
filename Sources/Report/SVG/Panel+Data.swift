#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Panel {
  /// What a page's script draws the panel from; nil of what has only been drawn.
  var data: JSONValue? {
    switch self {
    case .line(let chart): chart.data
    case .bars(let chart): chart.data
    case .cells(let map): map.data()
    case .drawing: nil
    }
  }
}

extension JSONValue {
  /// A number to five digits, which is more than a screen shows; null where it is none.
  static func short(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite else { return .null }
    guard value != 0 else { return .integer(0) }
    if value == value.rounded(), abs(value) < 1e5 { return .integer(Int(value)) }
    return JSONValue(Double(NumberText.scientific(value, digits: 5)))
  }
}

extension LineChart {
  fileprivate var data: JSONValue {
    var members: [JSONValue.Member] = []
    func add(_ key: String, _ value: JSONValue) { members.append(.init(key: key, value: value)) }
    add("k", "line")
    add("w", .short(width))
    add("h", .short(height))
    add("t", .string(title.printable))
    add("x", ["l": .string(xLabel), "s": .string(xKind.code)])
    add("y", ["l": .string(yLabel), "s": .string(yKind.code), "z": .bool(isFromZero)])
    add("d", .bool(hasDots))
    if let mark { add("m", [.short(mark.0), .string(mark.1)]) }
    if let level { add("v", [.short(level.0), .string(level.1)]) }
    if let pattern { add("f", .string(pattern)) }
    if let bins { add("b", [JSONValue(bins.start), JSONValue(bins.width)]) }
    add(
      "s",
      .array(
        series.map { entry in
          let head: [JSONValue.Member] = [
            .init(key: "n", value: .string(entry.name.printable)), .init(key: "c", value: .integer(entry.color)),
            .init(key: "d", value: .string(entry.dash)),
          ]
          if bins != nil {
            let counts = stride(from: 0, to: entry.points.count, by: 2).map { entry.points[$0]!.y }
            return .object(head + [.init(key: "h", value: .array(counts.map { .short($0) }))])
          }
          // What stands at the same places at every step is told once.
          if isPlain { return .object(head) }
          return .object(head + [.init(key: "p", value: .array(entry.points.map { $0.map(data) ?? nil }))])
        }))
    if isPlain {
      add("i", .array(series[0].points.map { .short($0?.x) }))
      add("j", .array(series[0].points.map { .short($0?.y) }))
    }
    return .object(members)
  }

  /// One line of numbers without intervals, which a pattern tells.
  private var isPlain: Bool {
    pattern != nil && bins == nil && series.count == 1
      && series[0].points.allSatisfy { $0.map { $0.interval == nil && !$0.isMarked } ?? true }
  }

  /// x, y, both ends, whether it is marked, and what is told of it beside the pattern; without what is empty at its end.
  private func data(_ point: Point) -> JSONValue {
    var values: [JSONValue] = [
      .short(point.x), .short(point.y), .short(point.interval?.low), .short(point.interval?.high),
      .integer(point.isMarked ? 1 : 0), .string((pattern == nil ? point.title : point.note).printable),
    ]
    while let last = values.last, last == .string("") || last == .integer(0) && values.count == 5 || last == .null {
      values.removeLast()
    }
    return .array(values)
  }
}

extension Scale.Kind {
  fileprivate var code: String {
    switch self {
    case .linear: "linear"
    case .logarithmic: "log"
    case .logarithmicFromZero: "log0"
    }
  }
}

extension BarChart {
  fileprivate var data: JSONValue {
    .object([
      .init(key: "k", value: "bars"), .init(key: "w", value: .short(width)),
      .init(key: "h", value: .short(drawing.height)),
      .init(key: "t", value: .string(title.printable)), .init(key: "u", value: .string(unit)),
      .init(key: "c", value: .integer(color)), .init(key: "r", value: .array(names.map { .string($0.printable) })),
      .init(
        key: "p",
        value: .array(
          bars.map { bar in
            bar.map {
              [.short($0.value), .short($0.interval?.low), .short($0.interval?.high)]
            } ?? nil
          })),
    ])
  }
}

extension CellMap {
  /// Values as whole numbers of two bytes, or of one where `isCoarse`.
  func data(isCoarse: Bool = false) -> JSONValue {
    let strongest = values.compactMap { $0 }.filter(\.isFinite).map(abs).max() ?? 0
    // But for rounding.
    let isSymmetric = values.indices.allSatisfy { place in
      let (one, other) = (values[place], values[place % count * count + place / count])
      return one == other || abs((one ?? .infinity) - (other ?? .infinity)) <= 1e-9 * strongest
    }
    var bytes: [UInt8] = []
    for row in 0..<count {
      for column in (isSymmetric ? row : 0)..<count {
        let value = values[row * count + column].flatMap { $0.isFinite ? $0 : nil }
        let share = value.map { strongest > 0 ? $0 / strongest : 0 }
        if isCoarse {
          bytes.append(UInt8(bitPattern: share.map { Int8(($0 * 127).rounded()) } ?? .min))
        } else {
          let whole = UInt16(bitPattern: share.map { Int16(($0 * 32767).rounded()) } ?? .min)
          bytes += [UInt8(truncatingIfNeeded: whole), UInt8(truncatingIfNeeded: whole >> 8)]
        }
      }
    }
    return .object(
      [
        .init(key: "k", value: "cells"), .init(key: "w", value: .short(width)),
        .init(key: "h", value: .short(drawing.height)),
        .init(key: "t", value: .string(title.printable)), .init(key: "u", value: .string(unit)),
        .init(key: "r", value: .array(names.map { .string($0) })), .init(key: "d", value: .bool(isNamed)),
        .init(
          key: "g",
          value: .array(spans.map { [.string($0.name), .integer($0.rows.lowerBound), .integer($0.rows.upperBound)] })),
        .init(key: "l", value: JSONValue(limit)), .init(key: "q", value: .string(Data(bytes).base64EncodedString())),
        .init(key: "z", value: .integer(isCoarse ? 1 : 2)), .init(key: "y", value: .bool(isSymmetric)),
        .init(key: "x", value: JSONValue(strongest)),
      ] + (notes.isEmpty ? [] : [.init(key: "o", value: .array(notes.map { .string($0) }))]))
  }
}
