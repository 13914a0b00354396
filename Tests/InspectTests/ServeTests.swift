import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `inspect serve`, running.
private final class Server {
  let address: String
  private let process = Process()

  init(_ arguments: [String]) throws {
    process.executableURL = InspectBinary.url
    process.arguments = ["serve"] + arguments
    process.environment = InspectBinary.environment
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    while !text.contains("Ctrl-C"), case let data = output.fileHandleForReading.availableData, !data.isEmpty {
      text += String(decoding: data, as: UTF8.self)
    }
    address = String(try #require(text.split(separator: " ").first { $0.hasPrefix("http://") }).prefix { $0 != "\n" })
  }

  /// The status and body of what stands at `path` below the address, or with a leading / below the host.
  func get(_ path: String = "./", method: String = "GET", host: String? = nil) throws -> (status: Int, body: String) {
    let base = try #require(URL(string: address))
    var request = URLRequest(url: try #require(URL(string: path, relativeTo: base)))
    request.httpMethod = method
    request.cachePolicy = .reloadIgnoringLocalAndRemoteCacheData
    if let host { request.setValue(host, forHTTPHeaderField: "Host") }
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var outcome: (Int, String) = (0, "")
    let task = URLSession.shared.dataTask(with: request) { data, response, _ in
      outcome = ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data ?? Data(), as: UTF8.self))
      done.signal()
    }
    task.resume()
    done.wait()
    return outcome
  }

  func wait(until isReached: () throws -> Bool) throws {
    for _ in 0..<600 {
      if try isReached() { return }
      usleep(100_000)
    }
    Issue.record("nothing happened in a minute")
  }

  func interrupt() -> Int32 {
    process.interrupt()
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit { process.terminate() }
}

@Suite("A page that follows a run")
struct ServeTests {
  @Test("changes as checkpoints land, and Ctrl-C ends it with 0")
  func follows() throws {
    let directory = try TestDirectory()
    let server = try Server([directory.path, "--interval", "0.2", "--measures", "regret"])
    let waiting = try server.get()
    #expect(waiting.status == 200 && waiting.body.contains("Waiting for checkpoints"))
    #expect(try server.get("version").body == "0")
    try directory.copy(Fixture.path("plain"), "step-00000001.h5")
    try server.wait { try server.get("version").body == "1" }
    let page = try server.get().body
    #expect(page.contains("step-00000001.h5") && page.contains("How much do the minibatches disagree?"))
    #expect(page.contains("connect-src 'self'") && page.contains("!== \"1\""))
    try directory.copy(Fixture.path("two-groups"), "step-00000002.h5")
    try server.wait { try server.get("version").body == "2" }
    #expect(server.interrupt() == 0)
  }

  @Test("gives nothing else, to nobody without the token, and writes nothing")
  func closed() throws {
    let directory = try TestDirectory()
    try directory.copy(Fixture.path("plain"), "step-00000001.h5")
    let server = try Server([directory.path, "--measures", "regret"])
    let token = try #require(server.address.split(separator: "/").last)
    #expect(token.count == 32 && token.allSatisfy(\.isHexDigit))
    #expect(try Server([directory.path]).address != server.address)
    for path in [
      "/", "/\(token.dropLast())0/x", "/\(token)", "../", "../../etc/passwd", "step-00000001.h5", "%2e%2e/version",
      "/%2e%2e/%2e%2e/etc/passwd", "version/", "/version",
    ] {
      #expect(try server.get(path).status == 404, "\(path)")
    }
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
      #expect(try server.get(method: method).status == 405, "\(method)")
    }
    for host in ["evil.example", "127.0.0.1.evil.example", ""] {
      #expect(try server.get(host: host).status != 200, "\(host)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["step-00000001.h5"])
  }

  #if os(Linux)
    @Test("listens on the loopback interface alone")
    func loopback() throws {
      let directory = try TestDirectory()
      let server = try Server([directory.path])
      let port = try #require(URL(string: server.address)?.port)
      let place =
        ":" + String(repeating: "0", count: 4 - String(port, radix: 16).count) + String(port, radix: 16).uppercased()
      let sockets = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: " ") }.filter { $0.count > 3 && $0[1].hasSuffix(place) && $0[3] == "0A" }
      #expect(sockets.map { String($0[1]) } == ["0100007F" + place])
    }
  #endif

  @Test("a port that is taken, a file and a directory that is missing are told in a line")
  func refusals() throws {
    let directory = try TestDirectory()
    let server = try Server([directory.path])
    let port = try #require(URL(string: server.address)?.port)
    let taken = try InspectBinary.run(["serve", directory.path, "--port", "\(port)"])
    #expect(taken.status == 1 && taken.error.contains("\(port)") && taken.error.split(separator: "\n").count == 1)
    let file = try InspectBinary.run(["serve", Fixture.path("plain")])
    #expect(file.status == 1 && file.error.contains("serve follows the directory of a run"))
    #expect(try InspectBinary.run(["serve", "/nowhere"]).error == "/nowhere: no such file or directory\n")
    #expect(try InspectBinary.run(["serve", directory.path, "--interval", "0"]).status == 64)
  }
}
