internal import Checkpoint
internal import Dispatch
internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Synchronization

/// Two resources below a token, read-only and on the loopback interface: the page and its number. Nothing is read from the
/// disk for a request, so no path can lead anywhere.
enum PageServer {
  /// Begins to serve `page` and returns its address once it can be had.
  static func start(_ page: LivePage, port: UInt16) throws -> String {
    let token = token()
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port), timeout: 15, logger: .disabled,
      handler: PageHandler(page: page, token: token))
    let outcome = Outcome()
    Task.detached {
      do { try await server.run() } catch { outcome.settle(.failure(error)) }
    }
    Task.detached {
      do {
        try await server.waitUntilListening()
        guard case .ip4(_, port: let port)? = await server.listeningAddress else {
          throw SocketError.unsupportedAddress
        }
        outcome.settle(.success(port))
      } catch {
        outcome.settle(.failure(error))
      }
    }
    let bound = try outcome.wait().get()
    return "http://127.0.0.1:\(bound)/\(token)/"
  }

  /// The port, or why there is none: whatever is known first.
  private final class Outcome: Sendable {
    private let result = Mutex<Result<UInt16, any Error>?>(nil)
    private let isSettled = DispatchSemaphore(value: 0)

    func settle(_ new: Result<UInt16, any Error>) {
      result.withLock { $0 = $0 ?? new }
      isSettled.signal()
    }

    func wait() -> Result<UInt16, any Error> {
      isSettled.wait()
      return result.withLock { $0! }
    }
  }

  /// 128 random bits.
  private static func token() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in generator.next().digits(16, radix: 16) }.joined()
  }
}

/// Answers requests.
struct PageHandler: HTTPHandler {
  let page: LivePage
  let token: String

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    // A page of somebody else's whose name was made to lead here would send its own name.
    guard Self.isLocal(request.headers[.host] ?? "") else { return Self.answer(.misdirectedRequest, "not this host") }
    let answer: HTTPResponse
    // As it was sent: a path that has to be put right first is nobody's here.
    switch request.target.path() {
    case "/\(token)/": answer = Self.answer(.ok, page.html, type: "text/html; charset=utf-8")
    case "/\(token)/version": answer = Self.answer(.ok, String(page.version))
    // A wrong token is told apart from what is not there by nothing.
    default: return Self.answer(.notFound, "nothing here")
    }
    return request.method == .GET ? answer : Self.answer(.methodNotAllowed, "GET only")
  }

  private static func isLocal(_ host: String) -> Bool {
    let name = host.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    return name == "127.0.0.1" || name.lowercased() == "localhost"
  }

  private static func answer(_ status: HTTPStatusCode, _ text: String, type: String = "text/plain; charset=utf-8")
    -> HTTPResponse
  {
    HTTPResponse(
      statusCode: status,
      headers: [
        .contentType: type, .cacheControl: "no-store", HTTPHeader("X-Content-Type-Options"): "nosniff",
        HTTPHeader("Referrer-Policy"): "no-referrer", HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
        HTTPHeader("X-Frame-Options"): "DENY",
      ], body: Data(text.utf8))
  }
}
