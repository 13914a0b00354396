import Foundation

/// The built `inspect`, run as a user runs it.
enum InspectBinary {
  struct Outcome {
    var status: Int32
    var output: String
    var error: String

    /// Standard output as JSON.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      guard let dictionary = object as? [String: Any] else { throw CocoaError(.coderReadCorrupt) }
      return dictionary
    }
  }

  /// Beside the bundle of tests that is running.
  static let url: URL = {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!
      return bundle.bundleURL.deletingLastPathComponent().appendingPathComponent("inspect")
    #else
      return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("inspect")
    #endif
  }()

  /// This process's, but that no audit of an earlier run stands for one of this.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["XDG_CACHE_HOME": "/dev/null"]) { $1 }
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = Self.environment.merging(environment) { $1 }
    process.currentDirectoryURL = directory
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Both pipes at once: a child that fills one while the other is read would wait for ever.
    nonisolated(unsafe) var errorData = Data()
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) { errorData = error.fileHandleForReading.readDataToEndOfFile() }
    let outputData = output.fileHandleForReading.readDataToEndOfFile()
    group.wait()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      error: String(decoding: errorData, as: UTF8.self))
  }
}

/// The committed checkpoint files; Tests/Oracle/make_fixtures.py makes them.
enum Fixture {
  static let directory = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

  static func path(_ name: String) -> String { directory.appendingPathComponent("\(name).h5").path }
}
