extension Report {
  /// The report as one page.
  public var html: String { "" }
}
