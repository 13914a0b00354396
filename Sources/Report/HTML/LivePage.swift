/// What a page needs to know to follow a run that is still training.
public struct LiveOptions: Sendable {
  /// The directory that it follows, as the user named it.
  public var directory: String
  /// The number of this page; another one at `version` beside it means that there is a newer page.
  public var version: Int
  /// Seconds between looks.
  public var interval: Double

  /// A page `version` of `directory`, looked after every `interval` seconds.
  public init(directory: String, version: Int, interval: Double) {
    self.directory = directory
    self.version = version
    self.interval = interval
  }
}

extension Report {
  /// The page with a script that loads it anew once it has changed; the choices that a person made stay, since they are
  /// in the address. Its one request is for `version` beside it.
  public func livePage(_ live: LiveOptions) -> String {
    let status = "<p id=\"live\" class=\"faint\" role=\"status\">Following \(live.directory.xml).</p>\n"
    guard !checkpoints.isEmpty else {
      return Page(
        title: "Waiting for checkpoints", body: "<h1>Waiting for checkpoints</h1>\n" + status, live: live
      ).html
    }
    return page(before: status, live: live).html
  }
}

extension LiveOptions {
  /// Asks for the number of the page.
  var script: String {
    """
    (() => {
      const status = document.getElementById("live");
      const text = status.textContent;
      setInterval(async () => {
        try {
          const answer = await fetch("version", { cache: "no-store" });
          if (!answer.ok) throw new Error();
          if (await answer.text() !== "\(version)") location.reload();
          else status.textContent = text;
        } catch {
          status.textContent = "inspect serve has ended: this page no longer follows the run.";
        }
      }, \(max(200, Int(min(interval, 3600) * 1000))));
    })();
    """
  }
}
