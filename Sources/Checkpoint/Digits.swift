extension BinaryInteger {
  /// The digits of this number, which is not negative, with zeros before them where they are fewer than `count`.
  public func digits(_ count: Int, radix: Int = 10) -> String {
    let digits = String(self, radix: radix)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}
