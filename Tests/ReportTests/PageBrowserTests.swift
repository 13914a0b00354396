import Checkpoint
import Foundation
import Regret
import Testing

@testable import Report

/// The page as people use it. `make test` has these where a Chromium is installed.
@Suite("Pages in a browser", .enabled(if: Browser.path != nil), .serialized)
struct PageBrowserTests {
  /// A file with `html`, which goes with the test.
  private final class File {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString).html").path

    init(_ html: String) throws { try html.write(toFile: path, atomically: false, encoding: .utf8) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private static let hostile = [
    "h.0.attn.qkv.weight", "</script><script>boom()</script>", "\"><img src=x onerror=boom()>", "名前", "a'b&c",
    "a very long name of a tensor that never seems to come to an end.weight",
  ]

  static func run(_ count: Int = 4, groups: MinibatchGroups? = nil) throws -> Report {
    var options = AuditOptions(damping: .diagonal(0.1))
    options.keepsArrays = true
    var checkpoints = try (0..<count).map { index in
      try Example.checkpoint(
        file: "run/step-\(index).h5", step: [0, 10, 100, 1000, 5000][index], seed: UInt64(index + 1),
        tensors: hostile.map { TensorLayout($0, shape: [2, 3]) }, minibatches: 14,
        metrics: ["train_loss": 2.5 - 0.4 * Double(index), "validation_loss": 2.6 - 0.3 * Double(index)],
        groups: groups,
        options: options)
    }
    for index in checkpoints.indices.dropLast() { checkpoints[index].dropArrays(cells: 64) }
    return Report(checkpoints: checkpoints)
  }

  private static let pair = MinibatchGroups(names: ["train", "validation"], ids: (0..<14).map { $0 % 2 })

  private static let groups = MinibatchGroups(
    names: ["train", "validation", "<other>"], ids: (0..<14).map { [0, 0, 0, 1, 2][$0 % 5] })

  /// Texts of figures that lie over each other or outside their figure, and what is wider than the window.
  private static let layoutFaults = """
    (() => {
      const faults = [];
      if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the window: " + document.documentElement.scrollWidth);
      for (const svg of document.querySelectorAll("section svg")) {
        if (!svg.getClientRects().length) continue;
        const frame = svg.getBoundingClientRect(), place = svg.closest("section").id;
        const texts = [...svg.querySelectorAll("text")].map((text) => ({ box: text.getBoundingClientRect(), text: text.textContent }));
        texts.forEach(({ box, text }, index) => {
          if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2)
            faults.push(place + ": outside: " + text);
          for (const other of texts.slice(index + 1)) {
            const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
            const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
            if (wide > 1.5 && high > 2.5) faults.push(place + ": " + text + " over " + other.text);
          }
        });
      }
      for (const box of document.querySelectorAll(".card, .tools button, .steps > *")) {
        if (box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0) faults.push("clipped: " + box.textContent);
      }
      for (const svg of document.querySelectorAll("section svg")) {
        const text = svg.querySelector("text");
        if (text && svg.getClientRects().length && text.getBoundingClientRect().height < 8) faults.push("too small to read: " + text.textContent);
      }
      return faults.join("\\n");
    })()
    """

  @Test(
    "has no error, no request and no overlap, on phones, tablets and desktops, light, dark and printed",
    arguments: [390, 800, 1280])
  func layout(width: Int) throws {
    let browser = try Browser()
    try browser.resize(width)
    let pages = [
      try Self.run(), try Self.run(3, groups: Self.pair), try Self.run(groups: Self.groups),
      Report(checkpoints: [try Self.run(1, groups: Self.groups).checkpoints[0]]),
    ]
    for (index, report) in pages.enumerated() {
      let file = try File(report.html)
      // Paper is wider than a phone.
      let media = [("screen", false), ("screen", true)] + (width >= 800 ? [("print", false)] : [])
      for (medium, isDark) in media {
        try browser.media(medium, isDark: isDark)
        try browser.open(file.path)
        let faults = try browser.text(Self.layoutFaults)
        #expect(faults.isEmpty, "page \(index), \(medium), dark \(isDark): \(faults)")
        let paper = try browser.text("getComputedStyle(document.body).backgroundColor")
        #expect((paper == "rgb(255, 255, 255)") == !isDark, "\(paper)")
        let tools = try browser.number("document.querySelectorAll('.tools, .steps').length")
        #expect(tools > 0)
        let shown = try browser.number(
          "[...document.querySelectorAll('.tools, .steps')].filter((tool) => tool.getClientRects().length).length")
        #expect(medium == "print" ? shown == 0 : shown == tools)
      }
      #expect(browser.complaints.isEmpty, "\(browser.complaints.prefix(2))")
      #expect(
        browser.requests.allSatisfy {
          $0.hasPrefix("file://\(file.path)") || $0.hasPrefix("data:") || $0 == "about:blank"
            || $0.hasPrefix("file:///tmp/page-")
        }, "\(browser.requests)")
    }
  }

  @Test("the script draws what the page has without it")
  func twin() throws {
    let browser = try Browser()
    // On phones it draws smaller panels than stand there without it.
    try browser.resize(1280)
    for report in [try Self.run(), try Self.run(3, groups: Self.groups)] {
      let html = report.html
      let file = try File(html)
      try browser.open(file.path)
      let source = String(
        decoding: try JSONSerialization.data(withJSONObject: html, options: .fragmentsAllowed), as: UTF8.self)
      // Titles are told in another way, and numbers may differ in their last digit.
      let differences = try browser.text(
        """
        (() => {
          const plain = new DOMParser().parseFromString(\(source), "text/html");
          const faults = [];
          const numbers = (text) => text.match(/-?[0-9.]+/g)?.map(Number) ?? [];
          for (const section of plain.querySelectorAll("section[data-figure]")) {
            const live = document.getElementById(section.id);
            if (live.querySelector("h2").textContent !== section.querySelector("h2").textContent) faults.push(section.id + ": heading");
            const [before, after] = [section, live].map((one) => [...one.querySelectorAll("svg")]);
            if (before.length !== after.length) faults.push(section.id + ": " + after.length + " panels");
            before.forEach((svg, index) => {
              svg.querySelectorAll("title").forEach((title) => title.remove());
              const shapes = [svg, after[index]].map((one) => [...one.querySelectorAll("*")]);
              if (svg.getAttribute("viewBox") !== after[index].getAttribute("viewBox")) faults.push(section.id + ": size");
              if (shapes[0].length !== shapes[1].length) { faults.push(section.id + ": " + shapes.map((s) => s.length)); return; }
              shapes[0].forEach((shape, place) => {
                const other = shapes[1][place];
                if (shape.tagName !== other.tagName || shape.textContent !== other.textContent)
                  faults.push(section.id + ": " + shape.outerHTML + " is " + other.outerHTML);
                for (const { name, value } of shape.attributes) {
                  const found = other.getAttribute(name) ?? "";
                  const [a, b] = [numbers(value), numbers(found)];
                  const isNear = a.length === b.length && a.every((one, at) => Math.abs(one - b[at]) <= 0.2);
                  if (name === "class" ? value.trim() !== found.trim() : !isNear) faults.push(section.id + ": " + name + " " + value + " is " + found);
                }
              });
            });
          }
          return faults.slice(0, 8).join("\\n");
        })()
        """)
      #expect(differences.isEmpty, "\(differences)")
    }
  }

  @Test("a slider moves every figure of one checkpoint, by keyboard, and the address keeps it")
  func steps() throws {
    let report = try Self.run()
    let file = try File(report.html)
    let browser = try Browser()
    try browser.open(file.path)
    let slider = "document.querySelector('.steps input')"
    #expect(try browser.text("\(slider).getAttribute('aria-valuetext')") == "step 1,000")
    func figures() throws -> [String] {
      try ["path", "tensors", "cosines", "pairs", "spectrum"].map { id in
        try browser.text("document.getElementById('\(id)').querySelector('.panels').innerHTML")
      }
    }
    let before = try figures()
    _ = try browser.value("\(slider).focus()")
    for key in ["Home", "ArrowRight"] { try browser.press(key) }
    #expect(try browser.text("\(slider).getAttribute('aria-valuetext')") == "step 10")
    #expect(try browser.text("document.querySelector('.steps output').textContent") == "step 10")
    for (id, (one, other)) in zip(before, try figures()).enumerated() { #expect(one != other, "figure \(id)") }
    for id in ["path", "tensors", "cosines", "pairs", "spectrum"] {
      #expect(try browser.text("document.getElementById('\(id)').querySelector('h2').textContent").hasSuffix("step 10"))
    }
    // What is drawn is that checkpoint's: its largest tensor stands first, with its bar's text.
    let largest = try #require(report.checkpoints[1].audit.tensors?.ranked(byKL: true).first)
    _ = try browser.value("document.querySelector('#tensors svg').focus()")
    try browser.press("ArrowDown")
    let told = try browser.text("document.getElementById('tip').textContent")
    #expect(told.hasPrefix(largest.0.name.printable) && told.hasSuffix(largest.1.text), "\(told)")
    let address = try browser.text("location.hash")
    #expect(address == "#step=1")
    try browser.open(file.path, fragment: address)
    #expect(try browser.text("\(slider).value") == "1")
    for bad in ["#step=99", "#step=x", "#%", "#share.zoom=5,1&share.off=|&table1.sort=99,7", "#step=1.5"] {
      try browser.open(file.path, fragment: bad)
      #expect(try browser.text("document.querySelector('.steps output').textContent") == "step 1,000", "\(bad)")
    }
    #expect(browser.complaints.isEmpty, "\(browser.complaints.prefix(2))")
  }

  @Test("every control is reached by Tab and does its work by keyboard")
  func controls() throws {
    let file = try File(try Self.run(groups: Self.groups).html)
    let browser = try Browser()
    try browser.resize(1280)
    try browser.open(file.path)
    let kinds = "button, input, svg[tabindex], summary, .scroll[tabindex]"
    let expected = try browser.number(
      "[...document.querySelectorAll('\(kinds)')].filter((one) => one.getClientRects().length).length")
    var reached: Set<String> = []
    _ = try browser.value(
      "[...document.querySelectorAll('\(kinds)')].forEach((one, index) => { one.dataset.number = index; })")
    for _ in 0..<(Int(expected) + 5) {
      try browser.press("Tab")
      reached.insert(try browser.text("document.activeElement.dataset?.number ?? ''"))
    }
    reached.remove("")
    #expect(Double(reached.count) == expected)

    // A series off and on.
    let series = "document.querySelector('#share .series')"
    let lines = "document.querySelectorAll('#share svg .line').length"
    let all = try browser.number(lines)
    _ = try browser.value("\(series).focus()")
    try browser.press(" ")
    #expect(try browser.text("\(series).getAttribute('aria-pressed')") == "false")
    #expect(try browser.number(lines) < all)
    #expect(try browser.text("location.hash").contains("share.off="))
    try browser.press("Enter")
    #expect(try browser.text("\(series).getAttribute('aria-pressed')") == "true")
    #expect(try browser.number(lines) == all && browser.text("location.hash").isEmpty)

    // Zoom: by its button, by keys in the figure, and back.
    let ticks = "[...document.querySelectorAll('#share svg .tick')].map((one) => one.textContent).join(' ')"
    let whole = try browser.text(ticks)
    _ = try browser.value("document.querySelector('#share [aria-label=\"Zoom in\"]').focus()")
    try browser.press("Enter")
    let near = try browser.text(ticks)
    #expect(try near != whole && browser.text("location.hash").contains("share.zoom="))
    try browser.open(file.path, fragment: try browser.text("location.hash"))
    #expect(try browser.text(ticks) == near)
    _ = try browser.value("document.querySelector('#share svg').focus()")
    try browser.press("0")
    #expect(try browser.text(ticks) == whole)
    try browser.press("+")
    #expect(try browser.text(ticks) != whole)
    try browser.press("-")
    #expect(try browser.text(ticks) == whole)

    // From point to point, told where a screen reader hears it.
    try browser.press("Home")
    let first = try browser.text("document.getElementById('tip').textContent")
    try browser.press("ArrowRight")
    let second = try browser.text("document.getElementById('tip').textContent")
    #expect(first.contains("step 0") && second.contains("step 10"), "\(first), \(second)")
    try browser.press("ArrowDown")
    let other = try browser.text("document.getElementById('tip').textContent")
    #expect(other.contains("step 10") && other != second)
    #expect(try browser.text("document.getElementById('tip').getAttribute('aria-live')") == "polite")
    try browser.press("Escape")
    #expect(try browser.text("document.getElementById('tip').style.visibility") == "hidden")
    // Every cell of a map.
    _ = try browser.value("document.querySelector('#cosines svg').focus()")
    var cells: Set<String> = []
    try browser.press("Home")
    for _ in 0..<14 {
      cells.insert(try browser.text("document.getElementById('tip').textContent"))
      try browser.press("ArrowDown")
    }
    #expect(cells.count == 14)
    #expect(browser.complaints.isEmpty, "\(browser.complaints.prefix(2))")
  }

  @Test("tables sort by value and filter by text, and the address keeps both")
  func tables() throws {
    var report = try Self.run()
    let sizes: [Double] = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1e3, 1e4]
    var tensors = try #require(
      Example.checkpoint(tensors: (0..<30).map { TensorLayout("layer.\($0)", shape: [1]) }).audit.tensors)
    for index in tensors.indices {
      tensors[index].count = index * 700
      tensors[index].live = index
      tensors[index].kl = index == 5 ? nil : Estimate(value: sizes[index % sizes.count], standardError: nil)
    }
    report.checkpoints[3].audit.tensors = tensors
    let file = try File(report.html)
    let browser = try Browser()
    try browser.open(file.path)
    let table = "[...document.querySelectorAll('table')].find((one) => one.textContent.includes('layer.29'))"
    _ = try browser.value("\(table).closest('details').open = true")
    func column(_ index: Int) throws -> [String] {
      try browser.text(
        "[...\(table).tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[\(index)].textContent).join('|')"
      )
      .split(separator: "|").map(String.init)
    }
    func head(_ index: Int) -> String { "\(table).tHead.rows[0].cells[\(index)]" }
    let unsorted = try column(0)
    _ = try browser.value("\(head(2)).querySelector('button').focus()")
    try browser.press("Enter")
    let sorted = try column(2)
    let values = sorted.dropLast().compactMap { Double($0) }
    #expect(values.count == 29 && values == values.sorted() && sorted.last == "–")
    #expect(try browser.text("\(head(2)).getAttribute('aria-sort')") == "ascending")
    try browser.press("Enter")
    #expect(try column(2).dropLast().compactMap { Double($0) } == values.reversed())
    #expect(try column(2).last == "–")
    // Numbers in groups of three are numbers.
    _ = try browser.value("\(head(1)).querySelector('button').focus()")
    try browser.press(" ")
    let counts = try column(1)
    #expect(counts.first?.hasPrefix("0") == true && counts.last?.hasPrefix("20,300") == true)
    _ = try browser.value("\(table).closest('details').querySelector('.filter').focus()")
    for key in ["r", ".", "2"] { try browser.press(key) }
    #expect(try Set(column(0)) == Set(["layer.2"] + (20..<30).map { "layer.\($0)" }))
    let address = try browser.text("location.hash")
    try browser.open(file.path, fragment: address)
    _ = try browser.value("\(table).closest('details').open = true")
    #expect(try column(0).count == 11 && column(0).first == "layer.2")
    _ = try browser.value("\(table).closest('details').querySelector('.filter').focus()")
    for _ in 0..<3 {
      try browser.send(
        "Input.dispatchKeyEvent",
        ["type": "keyDown", "key": "Backspace", "windowsVirtualKeyCode": 8, "code": "Backspace"])
    }
    for _ in 0..<2 {
      _ = try browser.value("\(head(1)).querySelector('button').focus()")
      try browser.press(" ")
    }
    #expect(try column(0) == unsorted)
    #expect(try browser.text("location.hash").isEmpty)
    #expect(browser.complaints.isEmpty, "\(browser.complaints.prefix(2))")
  }

  @Test("each figure and its data can be kept")
  func downloads() throws {
    let report = try Self.run(groups: Self.groups)
    let file = try File(report.html)
    let browser = try Browser()
    try browser.open(file.path)
    _ = try browser.value(
      """
      window.kept = [];
      URL.createObjectURL = (blob) => { blob.text().then((text) => window.kept.push(text)); return "blob:x"; };
      HTMLAnchorElement.prototype.click = function () { window.name = this.download; };
      """)
    let ids = report.charts.map(\.name.rawValue)
    #expect(ids.contains("share") && ids.contains("cosines") && ids.contains("groups"))
    for id in ids {
      for kind in ["SVG", "CSV"] {
        _ = try browser.value("window.kept = []")
        _ = try browser.value(
          "[...document.querySelectorAll('#\(id) .tools button')].find((one) => one.textContent === '\(kind)').click()")
        let text = try browser.text(
          """
          (async () => {
            for (let turn = 0; turn < 500 && !window.kept.length; turn++) await new Promise((done) => setTimeout(done, 10));
            return window.kept[0];
          })()
          """)
        #expect(try browser.text("window.name") == "\(id).\(kind.lowercased())")
        if kind == "SVG" {
          #expect(text.hasPrefix("<svg xmlns=") && text.contains("class=\"title\""))
          let json = try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed)
          let faults = try browser.number(
            "new DOMParser().parseFromString(\(String(decoding: json, as: UTF8.self)), 'image/svg+xml').querySelectorAll('parsererror').length"
          )
          #expect(faults == 0, "\(id): \(text.prefix(200))")
        } else {
          #expect(text.split(separator: "\n").count > 1, "\(id)")
        }
        guard id == "share", kind == "CSV" else { continue }
        let estimate = try #require(report.checkpoints[1].audit.euclidean?.cosine)
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("Euclidean ball,Euclidean,10,") })
        let numbers = row.split(separator: ",").compactMap { Double($0) }
        #expect(numbers.count == 4)
        for (found, expected) in zip(numbers, [10, estimate.value, estimate.interval!.low, estimate.interval!.high!]) {
          #expect(abs(found - expected) <= 1e-4 * abs(expected))
        }
      }
    }
    #expect(browser.complaints.isEmpty, "\(browser.complaints.prefix(2))")
  }

  @Test("no name of a file can do anything")
  func hostile() throws {
    let file = try File(try Self.run().html)
    let browser = try Browser()
    try browser.open(file.path)
    #expect(browser.complaints.isEmpty)
    #expect(try browser.number("document.images.length") == 0)
    #expect(try browser.text("document.getElementById('tensors').textContent").contains("</script>"))
  }
}

@Suite("What a page weighs")
struct PageSizeTests {
  @Test("300 checkpoints of 500 tensors and 64 minibatches are below 3 MB")
  func size() throws {
    var options = AuditOptions(damping: .diagonal(0.1))
    options.keepsArrays = true
    let tensors = (0..<500).map { TensorLayout("blocks.\($0 / 10).layer.\($0 % 10).weight", shape: [1]) }
    // No two figures alike would take 300 audits: of four, no number is common to all.
    let some = try (0..<4).map { seed in
      try Example.checkpoint(
        seed: UInt64(seed + 1), tensors: tensors, minibatches: 64,
        metrics: ["train_loss": 0.123456789, "validation_loss": 0.234567891], options: options)
    }
    let dropped = some.map { one in
      var checkpoint = one
      checkpoint.dropArrays(cells: CheckpointReport.cells(checkpoints: 300))
      return checkpoint
    }
    let checkpoints = (0..<300).map { step in
      var checkpoint = step < 299 ? dropped[step % 4] : some[3]
      checkpoint.file = "runs/a-run/step-\(String(repeating: "0", count: 5))\(step).h5"
      checkpoint.description.step = 100 * step
      return checkpoint
    }
    let html = Report(checkpoints: checkpoints).html
    let count = html.utf8.count
    #expect(count < 3_000_000, "\(count)")
    #expect(checkpoints[0].details?.isEmpty == false)
  }
}
