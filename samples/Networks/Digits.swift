internal import Foundation

/// The 1,797 handwritten digits of Alpaydin and Kaynak (1998): 8 × 8 pixels, ten classes. Source and licence are in
/// `Resources/README.md`.
public enum Digits {
  /// Extents of a digit's image.
  public static let image = ImageShape(height: 8, width: 8, channels: 1)
  /// Number of classes.
  public static let classCount = 10

  /// All digits in the file's order, pixels scaled to 0…1.
  public static func load() throws -> Examples {
    guard let url = Bundle.module.url(forResource: "digits", withExtension: "csv") else {
      throw CocoaError(.fileNoSuchFile)
    }
    let bytes = try Data(contentsOf: url)
    var inputs: [Float] = []
    var labels: [Int] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      var values = line.split(separator: UInt8(ascii: ",")).map { field in
        field.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
      }
      labels.append(values.removeLast())
      inputs += values.map { Float($0) / 16 }
    }
    return Examples(inputs: inputs, labels: labels)
  }
}
