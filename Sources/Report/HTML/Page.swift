/// One self-contained page: no request leaves it, and nothing in it is text of a file without being escaped.
struct Page {
  var title: String
  var body: String
  /// What figures are drawn from.
  var data: JSONValue?
  /// Where the page follows a run.
  var live: LiveOptions?

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\
    \(live == nil ? "" : "; connect-src 'self'")">
    <title>\(title.xml)</title>
    <link rel="icon" href="data:,">
    <style>
    \(ChartStyle.variables)
    \(PageStyle.rules)
    \(ChartStyle.rules)
    </style>
    </head>
    <body>
    <main>
    \(body)</main>
    <div id="tip" role="status" aria-live="polite"></div>
    \(data.map { "<script type=\"application/json\" id=\"data\">\($0.compactText)</script>" } ?? "")
    <script>
    \(PageScript.text)
    \(live?.script ?? "")
    </script>
    </body>
    </html>

    """
  }

  /// A section with a figure, its panels and how to read it.
  static func section(_ chart: Chart, id: String) -> String {
    """
    <section id="\(id)" data-figure>
    <h2>\(chart.title.xml)</h2>
    <figure>
    <div class="panels\(chart.panels.count == 1 ? " one" : "")">
    \(chart.inline)</div>
    <figcaption>\(chart.caption.xml)</figcaption>
    </figure>
    </section>

    """
  }
}
