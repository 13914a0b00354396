import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A headless Chromium with one page, driven through its DevTools protocol over two pipes: no port, no library.
final class Browser {
  /// Where it is installed; nil where it is not.
  static let path: String? = {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return directories.lazy.flatMap { directory in names.map { "\(directory)/\($0)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// What the page complained of: exceptions and errors on its console.
  private(set) var complaints: [String] = []
  /// What the page asked for.
  private(set) var requests: [String] = []

  private let process: pid_t
  private let input: Int32
  private let output: Int32
  private let profile: URL
  private var session: String?
  private var lastID = 0
  private var loadCount = 0
  private var received = Data()

  init() throws {
    guard let path = Self.path else { throw Failure(description: "no Chromium") }
    profile = FileManager.default.temporaryDirectory.appendingPathComponent("browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    var (toBrowser, fromBrowser): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else { throw Failure(description: "no pipe") }
    for end in [toBrowser[1], fromBrowser[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // It reads commands from 3 and writes to 4, which may be ends of these pipes themselves.
    posix_spawn_file_actions_adddup2(&actions, toBrowser[0], 200)
    posix_spawn_file_actions_adddup2(&actions, fromBrowser[1], 201)
    posix_spawn_file_actions_adddup2(&actions, 200, 3)
    posix_spawn_file_actions_adddup2(&actions, 201, 4)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let arguments = [
      path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
      "--no-first-run", "--disable-extensions", "--remote-debugging-pipe", "--user-data-dir=\(profile.path)",
    ]
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, path, &actions, nil, &words, environ)
    close(toBrowser[0])
    close(fromBrowser[1])
    guard status == 0 else { throw Failure(description: "Chromium does not start: \(status)") }
    (process, input, output) = (child, toBrowser[1], fromBrowser[0])
    let target = try send("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
    session = try send("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    try send("Emulation.setFocusEmulationEnabled", ["enabled": true])
    for domain in ["Page", "Runtime", "Network", "Log"] { try send("\(domain).enable") }
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(input)
    close(output)
    try? FileManager.default.removeItem(at: profile)
  }

  /// Sends one command and returns its result.
  @discardableResult
  func send(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    lastID += 1
    var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    let data = try JSONSerialization.data(withJSONObject: message) + [0]
    try data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(input, bytes.baseAddress! + done, bytes.count - done)
        guard count > 0 else { throw Failure(description: "Chromium went away") }
        done += count
      }
    }
    while true {
      let answer = try next()
      guard answer["id"] as? Int == lastID else {
        note(answer)
        continue
      }
      if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// Goes to `url` and waits until it has loaded, which may be told before the command is answered.
  private func load(_ url: String) throws {
    let before = loadCount
    try send("Page.navigate", ["url": url])
    while loadCount == before { note(try next()) }
  }

  private func next() throws -> [String: Any] {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = received[received.startIndex..<end]
        received = Data(received[(end + 1)...])
        return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
      }
      var poller = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&poller, 1, 60_000) == 1 else { throw Failure(description: "Chromium says nothing") }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { throw Failure(description: "Chromium went away") }
      received.append(contentsOf: buffer[0..<count])
    }
  }

  private func note(_ message: [String: Any]) {
    let parameters = message["params"] as? [String: Any] ?? [:]
    switch message["method"] as? String {
    case "Page.loadEventFired": loadCount += 1
    case "Runtime.exceptionThrown": complaints.append("\(parameters["exceptionDetails"] ?? "")")
    case "Log.entryAdded": complaints.append("\(parameters["entry"] ?? "")")
    case "Runtime.consoleAPICalled" where parameters["type"] as? String == "error": complaints.append("\(parameters)")
    case "Network.requestWillBeSent":
      let request = parameters["request"] as? [String: Any] ?? [:]
      requests.append(request["url"] as? String ?? "")
    default: break
    }
  }

  // MARK: The page

  /// Opens the file at `path`.
  func open(_ path: String, fragment: String = "") throws {
    // A new fragment alone would load nothing.
    try load("about:blank")
    try load("file://\(path)\(fragment)")
  }

  /// The value of `expression` in the page.
  func value(_ expression: String) throws -> Any? {
    let answer = try send("Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
    if let details = answer["exceptionDetails"] { throw Failure(description: "\(details)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  func text(_ expression: String) throws -> String { try value(expression) as? String ?? "" }

  func number(_ expression: String) throws -> Double { (try value(expression) as? NSNumber)?.doubleValue ?? .nan }

  /// Presses and releases a key, as a person does.
  func press(_ key: String, shift: Bool = false) throws {
    let codes = [
      "Tab": 9, "Enter": 13, " ": 32, "Escape": 27, "Home": 36, "End": 35, "ArrowLeft": 37, "ArrowUp": 38,
      "ArrowRight": 39, "ArrowDown": 40,
    ]
    var event: [String: Any] = ["key": key, "modifiers": shift ? 8 : 0]
    if let code = codes[key] {
      event["windowsVirtualKeyCode"] = code
      event["code"] = key == " " ? "Space" : key
    }
    if key.count == 1 || key == "Enter" { event["text"] = key == "Enter" ? "\r" : key }
    event["type"] = "keyDown"
    try send("Input.dispatchKeyEvent", event)
    event["type"] = "keyUp"
    event["text"] = nil
    try send("Input.dispatchKeyEvent", event)
  }

  /// A window of `width` pixels.
  func resize(_ width: Int) throws {
    try send(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false])
  }

  /// The medium, `screen` or `print`, and the colours that the person likes.
  func media(_ medium: String, isDark: Bool) throws {
    try send(
      "Emulation.setEmulatedMedia",
      [
        "media": medium,
        "features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]],
      ])
  }
}
