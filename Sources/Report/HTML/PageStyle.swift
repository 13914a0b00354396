/// The page's own style sheet, beside that of its charts.
enum PageStyle {
  static let rules = """
    * { box-sizing: border-box; }
    html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    main { max-width: 1040px; margin: 0 auto; padding: 28px 20px 60px; }
    h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
    h2 { font-size: 20px; margin: 44px 0 10px; }
    h3 { font-size: 16px; margin: 24px 0 6px; }
    p { max-width: 46em; margin: 8px 0; }
    .faint, figcaption { color: var(--faint); }
    .setting { overflow-wrap: anywhere; }
    .answer { font-size: 19px; max-width: 40em; margin: 18px 0; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 12px; margin: 18px 0; }
    .card { background: var(--panel); border: 1px solid var(--grid); border-radius: 8px; padding: 12px 14px; }
    .card .name { font-weight: 600; }
    .card .value { font-size: 24px; font-variant-numeric: tabular-nums; }
    .card .value small { font-size: 15px; color: var(--faint); white-space: nowrap; }
    ul.trust { list-style: none; padding: 0; margin: 8px 0; }
    ul.trust li { border-left: 4px solid var(--grid); padding: 4px 0 4px 12px; margin: 8px 0; max-width: 46em; }
    ul.trust li.warning { border-color: var(--warn); }
    ul.trust b { color: var(--warn); font-weight: 600; }
    figure { margin: 0; }
    .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 8px 28px; }
    .panels.one { max-width: 900px; }
    .panels svg { width: 100%; height: auto; display: block; }
    figcaption { font-size: 15px; max-width: 46em; margin-top: 6px; }
    .scroll { overflow: auto; max-height: 560px; border: 1px solid var(--grid); border-radius: 8px; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
    th, td { padding: 5px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
    th.name { text-align: left; }
    td.name { white-space: normal; overflow-wrap: anywhere; min-width: 9em; text-align: left; }
    tr:last-child td { border-bottom: 0; }
    thead th { position: sticky; top: 0; background: var(--panel); font-weight: 600; }
    td .bar { display: inline-block; height: 0.7em; margin-left: 8px; background: var(--c2); vertical-align: baseline; }
    th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
    th[aria-sort] button::after { content: " ↑"; }
    th[aria-sort="descending"] button::after { content: " ↓"; }
    .tools { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0; }
    .tools span { display: contents; }
    .tools button, .filter { font: inherit; font-size: 13px; color: var(--ink); background: var(--panel);
      border: 1px solid var(--grid); border-radius: 6px; padding: 2px 9px; }
    .tools button { cursor: pointer; }
    .tools .series { border-left: 10px solid var(--series); }
    .tools .series[aria-pressed="false"] { border-left-color: var(--grid); color: var(--faint); text-decoration: line-through; }
    .filter { margin: 0 0 6px; width: min(100%, 20em); }
    .steps { position: sticky; top: 0; z-index: 4; background: var(--paper); border-bottom: 1px solid var(--grid);
      padding: 10px 0; margin-top: 36px; display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
    .steps label { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; flex: 1 1 320px; }
    .steps input { flex: 1 1 160px; }
    .steps output { font-variant-numeric: tabular-nums; font-weight: 600; min-width: 8em; overflow-wrap: anywhere; }
    section.absent figure { display: none; }
    button:focus-visible, input:focus-visible, svg:focus-visible, .scroll:focus-visible, summary:focus-visible {
      outline: 2px solid var(--c0); outline-offset: 2px; }
    svg .focus { fill: none; stroke: var(--ink); stroke-width: 2; }
    svg .brush { fill: var(--c0); fill-opacity: 0.15; }
    details { margin: 14px 0; }
    summary { cursor: pointer; font-weight: 600; }
    footer { margin-top: 48px; font-size: 14px; color: var(--faint); }
    #tip { position: fixed; z-index: 9; pointer-events: none; background: var(--ink); color: var(--paper);
      font-size: 13px; padding: 4px 8px; border-radius: 5px; max-width: 80vw; visibility: hidden; }
    @media print {
      body { font-size: 11pt; }
      main { max-width: none; padding: 0; }
      figure, .card, ul.trust li { break-inside: avoid; }
      h2 { break-after: avoid; }
      .scroll { overflow: visible; max-height: none; }
      th, td { white-space: normal; padding: 3px 5px; }
      td.name { min-width: 4em; }
      th:nth-child(n + 12), td:nth-child(n + 12) { display: none; }
      .scroll:has(th:nth-child(12))::after { content: "More columns are on the screen and in --format csv."; }
      #tip, .tools, .steps, .filter { display: none; }
      th[aria-sort] button::after { content: ""; }
    }
    """
}
