extension PageScript {
  /// Panels as ``LineChart``, ``BarChart`` and ``CellMap`` draw them, from the data in the page. Each gives what it drew and
  /// where its points are, with what is told of them.
  static let drawing = #"""
    const number = (value, decimals = 1) => {
      if (!Number.isFinite(value)) return "0";
      const unit = 10 ** decimals;
      const sign = value < 0 ? -1 : 1;
      return String((sign * Math.round(Math.abs(value) * unit)) / unit + 0);
    };
    const escaped = (text) =>
      String(text).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);
    // Columns of a terminal, which names are cut by.
    const width = (text) =>
      [...text].reduce((sum, c) => sum + (/\p{M}|\p{Cf}/u.test(c) ? 0 : /[ᄀ-ᅟ⺀-〾ぁ-㏿㐀-䶿一-鿿ꀀ-꓏가-힣豈-﫿︰-﹯＀-｠￠-￦🌀-🫿]/u.test(c) ? 2 : 1), 0);
    const shortened = (text, limit) => {
      if (width(text) <= limit) return text;
      const half = Math.floor((limit - 1) / 2), all = [...text];
      const head = (letters, room) => {
        let used = 0;
        return letters.filter((c) => (used += width(c)) <= room);
      };
      return head(all, limit - 1 - half).join("") + "…" + head([...all].reverse(), half).reverse().join("");
    };
    const canvas = () => {
      const parts = [];
      return {
        parts,
        line: (x1, y1, x2, y2, name) =>
          parts.push(`<line class="${name}" x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}"/>`),
        text: (text, x, y, name = "", anchor = "start", turn = false) =>
          parts.push(`<text x="${number(x)}" y="${number(y)}"` + (name ? ` class="${name}"` : "")
            + (anchor !== "start" ? ` text-anchor="${anchor}"` : "")
            + (turn ? ` transform="rotate(-90 ${number(x)} ${number(y)})"` : "") + `>${escaped(text)}</text>`),
        rectangle: (x, y, wide, high, name, opacity) =>
          parts.push(`<rect class="${name}" x="${number(x)}" y="${number(y)}" width="${number(Math.max(0, wide))}"`
            + ` height="${number(Math.max(0, high))}"`
            + (opacity === undefined ? "" : ` fill-opacity="${number(opacity, 2)}"`) + "/>"),
        dot: (x, y, radius, name) =>
          parts.push(`<circle class="${name}" cx="${number(x)}" cy="${number(y)}" r="${number(radius)}"></circle>`),
        path: (points, name) => {
          let data = "", isOpen = false;
          for (const point of points) {
            if (point) data += (isOpen ? "L" : "M") + number(point[0]) + " " + number(point[1]);
            isOpen = Boolean(point);
          }
          if (data) parts.push(`<path class="${name}" d="${data}"/>`);
        },
      };
    };

    const told = (chart, series, point, at) => {
      if (!chart.f) return point[5] ?? "";
      const texts = {
        s: count(point[0]), t: estimateText(point[1], point[2], point[3]),
        n: series.n, x: shortest(point[0]), y: rounded(point[1]), c: count(point[1]),
        a: rounded(chart.b ? chart.b[0] + at * chart.b[1] : 0, 3), e: rounded(chart.b ? chart.b[0] + (at + 1) * chart.b[1] : 0, 3),
      };
      return chart.f.replace(/\{(.)\}/g, (_, key) => texts[key]) + (point[5] ?? "");
    };

    // The points of a series; counts of bins are twice a bin, at both its edges.
    const pointsOf = (chart, series) =>
      series.h
        ? series.h.flatMap((number, bin) => [bin, bin + 1].map((edge) => [chart.b[0] + edge * chart.b[1], number, null, null, 0]))
        : series.p ?? chart.i.map((x, index) => (x === null || chart.j[index] === null ? null : [x, chart.j[index]]));

    const drawLine = (chart, view) => {
      const { w, h } = chart, out = canvas(), spots = [];
      const shown = chart.s.filter((series) => !view.off.has(series.n));
      const isLog = chart.y.s === "log";
      const isKnown = (point) => point && (!isLog || point[1] > 0);
      const zoom = view.zoom;
      const isIn = (point) => isKnown(point) && (!zoom || (point[0] >= zoom[0] && point[0] <= zoom[1]));
      const series = shown.map((line) => ({ line, points: pointsOf(chart, line) }));
      const all = series.flatMap(({ points }) => points.filter(isKnown));
      const inside = all.filter(isIn);
      if (!all.length) return { svg: "", spots, x: null };
      const rows = [[]];
      let at = 58;
      if (shown.length > 1) {
        for (const line of shown) {
          const length = 28 + 7.4 * Math.min(40, width(line.n)) + 16;
          if (at + length > w && rows[rows.length - 1].length) { rows.push([]); at = 58; }
          rows[rows.length - 1].push([line, at]);
          at += length;
        }
      }
      const legend = shown.length > 1 ? rows : [];
      const top = (chart.t ? 38 : 22) + 18 * legend.length, left = 58, right = w - 16, bottom = h - 42;
      const ys = inside.flatMap((point) => [point[1], point[2] ?? point[1], point[2] == null ? point[1] : point[3] ?? Infinity])
        .filter(Number.isFinite);
      let domain;
      if (isLog) {
        const values = inside.map((point) => point[1]);
        const least = Math.min(...values) / 1e3, most = Math.max(...values) * 1e3;
        const positive = ys.filter((value) => value >= least && value <= most)
          .concat(chart.v && chart.v[0] > 0 ? [chart.v[0]] : []);
        domain = positive.length ? [Math.min(...positive), Math.max(...positive)] : [1, 1];
      } else domain = chart.y.z ? fromZero(ys) : around(ys);
      const y = makeScale(chart.y.s, domain, [top, bottom], true);
      const low = Math.min(...all.map((point) => point[0])), high = Math.max(...all.map((point) => point[0]));
      const x = makeScale(chart.x.s, zoom ?? (low < high ? [low, high] : around([low])), [left, right]);
      if (chart.t) out.text(chart.t, left, 14, "panel");
      legend.forEach((row, index) => {
        for (const [line, from] of row) {
          const level = (chart.t ? 28 : 10) + 18 * index;
          out.line(from, level, from + 22, level, `line s${line.c} ${line.d}`);
          out.text(shortened(line.n, 40), from + 28, level + 4);
        }
      });
      out.text(chart.y.l, left, top - 8, "unit");
      for (const [value, label] of y.ticks(5)) {
        out.line(left, y(value), right, y(value), "grid");
        out.text(label, left - 6, y(value) + 4, "tick", "end");
      }
      for (const [value, label] of x.ticks(5)) {
        out.line(x(value), bottom, x(value), bottom + 4, "axis");
        out.text(label, x(value), bottom + 17, "tick", "middle");
      }
      out.line(left, bottom, right, bottom, "axis");
      out.text(chart.x.l, (left + right) / 2, h - 6, "unit", "middle");
      if (chart.m && (!zoom || (chart.m[0] >= zoom[0] && chart.m[0] <= zoom[1]))) {
        const place = x(chart.m[0]), isRight = place > (left + w) / 2;
        out.line(place, top, place, bottom, "mark");
        out.text(chart.m[1], place + (isRight ? -5 : 5), top + 12, "unit", isRight ? "end" : "start");
      }
      if (chart.v) {
        const level = y(chart.v[0]);
        out.line(left, level, right, level, "mark");
        out.text(chart.v[1], w - 20, level + (level > top + 20 ? -5 : 14), "unit", "end");
      }
      for (const { line, points } of series) {
        const known = points.filter(isIn);
        const ends = known.filter((point) => point[2] != null).map((point) => [x(point[0]), y(point[2]), y(point[3] ?? Infinity)]);
        if (ends.length === known.length && known.length > 1) {
          const border = ends.map((end) => [end[0], end[2]]).concat([...ends].reverse().map((end) => [end[0], end[1]]));
          if (border.length > 2) {
            out.parts.push(`<path class="band f${line.c}" d="`
              + border.map((p, index) => (index ? "L" : "M") + number(p[0]) + " " + number(p[1])).join("") + `Z"/>`);
          }
        } else for (const end of ends) out.line(end[0], end[1], end[0], end[2], "whisker");
        out.path(points.map((point) => (point && (!zoom || isIn(point)) ? [x(point[0]), y(point[1])] : null)), `line s${line.c} ${line.d}`);
        const isCrowded = !chart.d || known.length > 60;
        points.forEach((point, index) => {
          if (!isIn(point)) return;
          const isRing = Boolean(point[4]);
          if (!isCrowded || isRing) out.dot(x(point[0]), y(point[1]), 3,
            isRing ? `ring s${line.c}` : `dot f${line.c}`);
          // Both edges of a bin are one point to a person.
          if (line.h && index % 2) return;
          spots.push({
            x: line.h ? (x(point[0]) + x(points[index + 1][0])) / 2 : x(point[0]), y: y(point[1]),
            text: told(chart, line, point, line.h ? index / 2 : index), row: line.n, value: point[0],
          });
        });
      }
      return { svg: out.parts.join("\n"), spots, x };
    };

    const drawBars = (chart) => {
      const out = canvas(), spots = [], pitch = 19, top = 44;
      const left = 12 + 7.4 * Math.max(0, ...chart.r.map((name) => Math.min(24, width(name))));
      const values = chart.p.filter(Boolean).flatMap((bar) => [bar[0], bar[1] == null ? bar[0] : bar[2] ?? Infinity])
        .filter(Number.isFinite);
      const x = makeScale("linear", fromZero(values), [left, chart.w - 20]);
      const bottom = top + pitch * chart.r.length;
      out.text(chart.t, left, 14, "panel");
      out.text(chart.u, left, 32, "unit");
      for (const [value, label] of x.ticks(4)) {
        out.line(x(value), top - 4, x(value), bottom, "grid");
        out.text(label, x(value), bottom + 16, "tick", "middle");
      }
      chart.r.forEach((name, index) => {
        const y = top + pitch * index, bar = chart.p[index];
        out.text(shortened(name, 24), left - 6, y + 12, "", "end");
        if (!bar) return;
        out.rectangle(Math.min(x(0), x(bar[0])), y + 3, Math.abs(x(bar[0]) - x(0)), 12, `bar f${chart.c}`);
        if (bar[1] != null) out.line(x(bar[1]), y + 9, x(bar[2] ?? Infinity), y + 9, "whisker");
        spots.push({ x: x(bar[0]), y: y + 9, text: `${name}: ${estimateText(bar[0], bar[1], bar[2])}`, row: chart.t, box: [0, y, chart.w, pitch] });
      });
      out.line(x(0), top - 4, x(0), bottom, "axis");
      return { svg: out.parts.join("\n"), spots, x: null, height: bottom + 24 };
    };

    // Whole numbers of one or two bytes, as shares of the strongest colour.
    const cellValues = (map) => {
      if (map.values) return map.values;
      const bytes = Uint8Array.from(atob(map.q), (c) => c.charCodeAt(0));
      const read = new DataView(bytes.buffer), size = map.z, none = size === 1 ? -128 : -32768;
      const most = size === 1 ? 127 : 32767, n = map.r.length;
      const values = new Array(n * n).fill(null);
      let at = 0;
      for (let row = 0; row < n; row++) {
        for (let column = map.y ? row : 0; column < n; column++, at += size) {
          const whole = size === 1 ? read.getInt8(at) : read.getInt16(at, true);
          const value = whole === none ? null : (whole / most) * map.x;
          values[row * n + column] = value;
          if (map.y) values[column * n + row] = value;
        }
      }
      return (map.values = values);
    };

    const drawCells = (map) => {
      const out = canvas(), spots = [], n = map.r.length, values = cellValues(map), isNamed = map.d;
      const longest = Math.max(0, ...map.r.map(width));
      const left = isNamed ? 16 + 7.4 * longest : map.g.length > 1 ? 62 : 44;
      const top = isNamed ? left : 42 + (map.g.length > 1 ? 14 : 0);
      const side = Math.max(120, map.w - left - 20), cell = side / Math.max(1, n), levels = 24;
      if (map.t) out.text(map.t, isNamed ? 12 : left, 14, "panel");
      if (!isNamed) out.text(map.u, left, 32, "unit");
      out.rectangle(left, top, side, side, "cell");
      const levelAt = (row, column) => {
        const value = values[row * n + column];
        if (value === null) return null;
        const share = Math.min(1, Math.max(-1, value / map.l)) * levels;
        return Math.sign(share) * Math.round(Math.abs(share));
      };
      const runs = new Map();
      for (let row = 0; row < n; row++) {
        for (let start = 0; start < n; ) {
          const level = levelAt(row, start);
          let end = start + 1;
          while (end < n && levelAt(row, end) === level) end++;
          if (level) {
            if (!runs.has(level)) runs.set(level, []);
            runs.get(level).push([row, start, end]);
          }
          start = end;
        }
      }
      for (const level of [...runs.keys()].sort((a, b) => a - b)) {
        const place = (value) => number(value, 2);
        const data = runs.get(level).map(([row, start, end]) => {
          const wide = cell * (end - start);
          return `M${place(left + cell * start)} ${place(top + cell * row)}h${place(wide)}v${place(cell)}h${place(-wide)}z`;
        }).join("");
        out.parts.push(`<path class="${level < 0 ? "f1" : "f0"}" d="${data}" fill-opacity="${number(Math.abs(level) / levels, 2)}"/>`);
      }
      if (cell >= 34) {
        values.forEach((value, index) => {
          if (value === null) return;
          out.text(fixed(value, 2), left + cell * ((index % n) + 0.5), top + cell * (Math.floor(index / n) + 0.5) + 4,
            Math.abs(value) > 0.6 * map.l ? "inverse" : "", "middle");
        });
      }
      if (map.g.length > 1) {
        for (const [name, from, to] of map.g) {
          const start = cell * from, end = cell * to;
          if (from > 0) {
            out.line(left + start, top, left + start, top + side, "border");
            out.line(left, top + start, left + side, top + start, "border");
          }
          const columns = Math.trunc((end - start) / 7.4);
          if (columns < 3) continue;
          out.text(shortened(name, columns), left + (start + end) / 2, top - 6, "tick", "middle");
          out.text(shortened(name, columns), left - 8, top + (start + end) / 2, "tick", "middle", true);
        }
      }
      if (isNamed) {
        map.r.forEach((name, row) => {
          const middle = cell * (row + 0.5);
          out.text(name, left - 8, top + middle + 4, "tick", "end");
          out.text(name, left + middle + 4, top - 8, "tick", "start", true);
        });
        out.text(map.u, left - 8, top - 8, "unit", "end");
      } else {
        for (let place = 0; place < n; place += Math.max(1, Math.floor((n + 7) / 8))) {
          const at = cell * (place + 0.5);
          out.text(map.r[place], left + at, top + side + 15, "tick", "middle");
          if (map.g.length <= 1) out.text(map.r[place], left - 6, top + at + 4, "tick", "end");
        }
      }
      const below = top + side + (isNamed ? 14 : 28), part = Math.min(side - 64, 240) / 20;
      for (let step = 0; step < 20; step++) {
        const value = -1 + (2 * (step + 0.5)) / 20;
        out.rectangle(left + part * step, below, part + 0.2, 10, value < 0 ? "f1" : "f0", Math.abs(value));
      }
      for (const [value, label] of [[-1, "−" + shortest(map.l)], [0, "0"], [1, shortest(map.l)]]) {
        out.text(label, left + (part * 20 * (value + 1)) / 2, below + 24, "tick", "middle");
      }
      out.text("cosine", left + part * 20 + 18, below + 10, "unit");
      values.forEach((value, index) => {
        const row = Math.floor(index / n), column = index % n;
        spots.push({
          x: left + cell * (column + 0.5), y: top + cell * (row + 0.5), row: map.r[row],
          text: map.o?.[index] || `${map.r[row]}, ${map.r[column]}: ${value === null ? "–" : rounded(value, map.z === 1 ? 2 : 3)}`,
          box: [left + cell * column, top + cell * row, cell, cell],
        });
      });
      return { svg: out.parts.join("\n"), spots, x: null, columns: n };
    };

    const drawPanel = (panel, view) => ({ line: drawLine, bars: drawBars, cells: drawCells })[panel.k](panel, view);
    """#
}
