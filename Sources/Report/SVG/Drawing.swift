/// SVG elements one after another. Colours come from classes, so that a page can be light or dark.
struct Drawing {
  let width: Double
  let height: Double
  private(set) var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  static func number(_ value: Double, decimals: Int = 1) -> String {
    guard value.isFinite else { return "0" }
    let unit = [1, 10, 100, 1000][decimals] as Double
    let rounded = (value * unit).rounded() / unit
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : rounded.description
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String) {
    body += "<line class=\"\(name)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\""
    body += " x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>\n"
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ name: String = "", anchor: String = "start", turn: Bool = false
  ) {
    body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    if !name.isEmpty { body += " class=\"\(name)\"" }
    if anchor != "start" { body += " text-anchor=\"\(anchor)\"" }
    if turn { body += " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" }
    body += ">\(text.xml)</text>\n"
  }

  /// A line through `points`, broken where there is none.
  mutating func path(_ points: [(Double, Double)?], _ name: String) {
    var data = ""
    var isOpen = false
    for point in points {
      guard let point else {
        isOpen = false
        continue
      }
      data += "\(isOpen ? "L" : "M")\(Self.number(point.0)) \(Self.number(point.1))"
      isOpen = true
    }
    if !data.isEmpty { body += "<path class=\"\(name)\" d=\"\(data)\"/>\n" }
  }

  /// A closed shape through `points`.
  mutating func area(_ points: [(Double, Double)], _ name: String) {
    guard points.count > 2 else { return }
    let data = points.enumerated().map {
      "\($0.offset == 0 ? "M" : "L")\(Self.number($0.element.0)) \(Self.number($0.element.1))"
    }
    body += "<path class=\"\(name)\" d=\"\(data.joined())Z\"/>\n"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ name: String, title: String? = nil,
    opacity: Double? = nil
  ) {
    body += "<rect class=\"\(name)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    body += " width=\"\(Self.number(max(0, width)))\" height=\"\(Self.number(max(0, height)))\""
    if let opacity { body += " fill-opacity=\"\(((opacity * 100).rounded() / 100).description)\"" }
    body += title.map { "><title>\($0.xml)</title></rect>\n" } ?? "/>\n"
  }

  /// Closed polygons as one shape.
  mutating func shape(_ polygons: [[(Double, Double)]], _ name: String, opacity: Double) {
    guard !polygons.isEmpty else { return }
    let data = polygons.map { polygon in
      polygon.enumerated().map {
        "\($0.offset == 0 ? "M" : "L")\(Self.number($0.element.0)) \(Self.number($0.element.1))"
      }.joined() + "Z"
    }
    body += "<path class=\"\(name)\" d=\"\(data.joined())\" fill-opacity=\"\(Self.number(opacity, decimals: 3))\"/>\n"
  }

  /// Lines from place to place, as one element.
  mutating func lines(_ lines: [((Double, Double), (Double, Double))], _ name: String) {
    guard !lines.isEmpty else { return }
    let data = lines.map { from, to in
      "M\(Self.number(from.0)) \(Self.number(from.1))L\(Self.number(to.0)) \(Self.number(to.1))"
    }
    body += "<path class=\"\(name)\" d=\"\(data.joined())\"/>\n"
  }

  /// Filled boxes as one shape: left, top, width and height of each.
  mutating func boxes(_ boxes: [(Double, Double, Double, Double)], _ name: String, opacity: Double) {
    // To a hundredth: seams show where neighbours do not meet.
    func place(_ value: Double) -> String { Self.number(value, decimals: 2) }
    let data = boxes.map { "M\(place($0.0)) \(place($0.1))h\(place($0.2))v\(place($0.3))h\(place(-$0.2))z" }
    body += "<path class=\"\(name)\" d=\"\(data.joined())\" fill-opacity=\"\(Self.number(opacity, decimals: 2))\"/>\n"
  }

  /// A dot with what is shown when it is pointed at.
  mutating func dot(_ x: Double, _ y: Double, _ radius: Double, _ name: String, title: String) {
    body += "<circle class=\"\(name)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\">"
    body += "<title>\(title.xml)</title></circle>\n"
  }

  mutating func append(_ other: Drawing, x: Double, y: Double) {
    body += "<g transform=\"translate(\(Self.number(x)) \(Self.number(y)))\">\n\(other.body)</g>\n"
  }
}
