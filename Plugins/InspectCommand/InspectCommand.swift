import Foundation
import PackagePlugin

/// `swift package inspect file.h5`: builds `inspect` optimised, where it is not yet, and runs it on what follows.
///
/// The plugin does not depend on the tool: SwiftPM would then build it for debugging, before every use.
@main
struct InspectCommand: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) async throws {
    guard let executable = try build(in: context.pluginWorkDirectoryURL) else { return }
    let status = try Passthrough.run(executable, arguments)
    if status != 0 { exit(status) }
  }

  /// Where the optimised tool is; nil, with a diagnostic, where it can't be built.
  private func build(in directory: URL) throws -> URL? {
    // What the build before this one made.
    let note = directory.appending(path: "inspect.path")
    let earlier = try? String(contentsOf: note, encoding: .utf8)
    if earlier.map(FileManager.default.isExecutableFile(atPath:)) != true {
      Diagnostics.progress("building inspect, optimised: minutes on the first use, once")
    }
    let result = try packageManager.build(.product("inspect"), parameters: .init(configuration: .release))
    guard result.succeeded, let tool = result.builtArtifacts.first(where: { $0.kind == .executable }) else {
      Diagnostics.error("inspect could not be built:\n\(result.logText)")
      return nil
    }
    try? tool.url.path(percentEncoded: false).write(to: note, atomically: true, encoding: .utf8)
    return tool.url
  }
}
