/// Colours and lines of charts: a palette that people with any colour vision can tell apart (Okabe and Ito 2008), told
/// apart by dashes as well.
enum ChartStyle {
  static let variables = """
    :root {
      --paper: #ffffff; --ink: #1c2330; --faint: #5c6675; --grid: #e3e7ee; --panel: #f6f8fb; --warn: #8a5300;
      --c0: #0062a8; --c1: #c25100; --c2: #00795a; --c3: #a0447c; --c4: #6b6100; --c5: #2f87c9; --c6: #5b4bb5;
      --c7: #6d7480;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #12161d; --ink: #e7ebf2; --faint: #a1abbb; --grid: #2b323e; --panel: #1a202a; --warn: #f0b35a;
        --c0: #5db3f0; --c1: #f59152; --c2: #4cc9a0; --c3: #e08bbd; --c4: #d6c84a; --c5: #9ad0f7; --c6: #a99cf0;
        --c7: #9aa3b2;
      }
    }
    @media print {
      :root {
        --paper: #ffffff; --ink: #000000; --faint: #444444; --grid: #cccccc; --panel: #ffffff; --warn: #6b4000;
        --c0: #0062a8; --c1: #c25100; --c2: #00795a; --c3: #a0447c; --c4: #6b6100; --c5: #2f87c9; --c6: #5b4bb5;
        --c7: #6d7480;
      }
    }
    """

  static let rules: String = {
    var rules = """
      svg { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
      svg .page { fill: var(--paper); }
      svg .title { font-size: 16px; font-weight: 600; }
      svg .panel { font-weight: 600; }
      svg .inverse { fill: var(--paper); }
      svg .tick, svg .unit { fill: var(--faint); font-size: 11px; }
      svg .grid { stroke: var(--grid); stroke-width: 1; }
      svg .axis { stroke: var(--faint); stroke-width: 1; }
      svg .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
      svg .whisker { stroke: var(--ink); stroke-width: 1; }
      svg .border { stroke: var(--ink); stroke-width: 1; stroke-opacity: 0.7; }
      svg .cell { fill: var(--panel); }
      svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
      svg .band { stroke: none; fill-opacity: 0.16; }
      svg .dot { stroke: transparent; stroke-width: 14; }
      svg .see-through { fill-opacity: 0.65; }
      svg .unseen { fill: transparent; stroke: transparent; stroke-width: 14; }
      svg .bar { stroke: none; }
      svg .dashed { stroke-dasharray: 6 4; }
      svg .thin { fill: none; stroke-width: 0.8; stroke-opacity: 0.45; }
      svg .contour { fill: none; stroke: var(--ink); stroke-width: 0.6; stroke-opacity: 0.55; }
      svg .hollow { fill: var(--paper); stroke: var(--c1); stroke-width: 1.6; }
      svg .ring { fill: var(--paper); stroke-width: 1.6; }
      svg .spot { stroke: var(--paper); stroke-width: 1; }
      svg .dotted { stroke-dasharray: 1.5 4; }

      """
    for index in 0..<8 {
      rules += "svg .f\(index) { fill: var(--c\(index)); } svg .s\(index) { stroke: var(--c\(index)); }\n"
    }
    return rules
  }()
}
