import Foundation
import PackagePlugin

/// `swift package inspect file.h5`: runs the `inspect` tool on what follows.
@main
struct InspectCommand: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) async throws {
    let tool = try context.tool(named: "inspect")
    let process = try Process.run(tool.url, arguments: arguments)
    process.waitUntilExit()
    guard process.terminationReason == .exit else {
      Diagnostics.error("inspect was ended by signal \(process.terminationStatus)")
      return
    }
    if process.terminationStatus != 0 { exit(process.terminationStatus) }
  }
}
