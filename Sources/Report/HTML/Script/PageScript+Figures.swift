extension PageScript {
  /// Figures that can be pointed at, walked through by keyboard, zoomed and downloaded.
  static let figures = #"""
    const page = JSON.parse(document.getElementById("data")?.textContent ?? "{}");
    const tip = document.getElementById("tip");
    const say = (text, x, y) => {
      tip.textContent = text;
      const wide = tip.offsetWidth, high = tip.offsetHeight;
      tip.style.left = Math.max(4, Math.min(innerWidth - wide - 4, x - wide / 2)) + "px";
      tip.style.top = (y > high + 24 ? y - high - 12 : y + 18) + "px";
      tip.style.visibility = "visible";
    };
    const hush = () => { tip.style.visibility = "hidden"; };
    const button = (text, label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      if (label) made.setAttribute("aria-label", label);
      made.addEventListener("click", act);
      return made;
    };
    const download = (name, type, text) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };

    class Figure {
      constructor(section) {
        this.section = section;
        this.key = section.id;
        this.panels = section.querySelector(".panels");
        this.heading = section.querySelector("h2");
        this.caption = section.querySelector("figcaption");
        this.isLine = this.models?.panels.some((panel) => panel.k === "line");
        this.addTools();
        this.draw();
      }

      // What is shown: of the step that is chosen, or the same at every step.
      get models() {
        const steps = page.details?.[this.key];
        if (!steps) return page.figures?.[this.key];
        const own = steps.each[step.index];
        return own && { title: own.title, panels: own.panels.map((panel, index) => ({ ...steps.base[index], ...panel })) };
      }

      get view() {
        const zoom = (choices.get(this.key + ".zoom") ?? "").split(",").map(Number);
        const isZoom = zoom.length === 2 && zoom.every(Number.isFinite) && zoom[0] < zoom[1];
        return { zoom: isZoom ? zoom : null, off: new Set((choices.get(this.key + ".off") ?? "").split("|").filter(Boolean)) };
      }

      draw() {
        const models = this.models;
        if (page.details?.[this.key]) {
          this.section.classList.toggle("absent", !models);
          if (!models) { this.heading.textContent = this.heading.textContent.replace(/, step .*/, `, ${step.label}: not known`); this.spots = []; return; }
          this.heading.textContent = models.title;
        }
        if (!models) { this.adopt(); return; }
        const view = this.view;
        // On a phone, letters of a figure as wide as the page would be too small to read.
        const isNarrow = this.panels.clientWidth < 640;
        const panels = models.panels.map((panel) => (isNarrow && panel.k !== "cells" && panel.w > 600 ? { ...panel, w: 440, h: 280 } : panel));
        this.panelsDrawn = panels;
        this.drawn = panels.map((panel) => drawPanel(panel, view));
        while (this.panels.children.length > models.panels.length) this.panels.lastElementChild.remove();
        panels.forEach((panel, index) => {
          let svg = this.panels.children[index];
          if (!svg) {
            svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
            this.panels.append(svg);
          }
          const high = this.drawn[index].height ?? panel.h;
          svg.setAttribute("viewBox", `0 0 ${number(panel.w)} ${number(high)}`);
          svg.style.maxWidth = number(panel.w * 1.1) + "px";
          svg.innerHTML = this.drawn[index].svg;
          this.listen(svg, index);
        });
        this.showTools(models, view);
      }

      // A figure of which there are no data: what its shapes say.
      adopt() {
        this.drawn = [...this.panels.children].map((svg, index) => {
          const spots = [...svg.querySelectorAll("title")].map((title) => {
            const shape = title.parentNode, box = shape.getBBox();
            title.remove();
            return {
              x: box.x + box.width / 2, y: box.y + box.height / 2, text: title.textContent,
              box: shape.tagName === "rect" ? [box.x, box.y, box.width, box.height] : undefined,
            };
          });
          this.listen(svg, index);
          return { spots };
        });
      }

      listen(svg, index) {
        if (svg.dataset.ready) return;
        svg.dataset.ready = "1";
        svg.setAttribute("tabindex", "0");
        svg.setAttribute("role", "application");
        svg.setAttribute("aria-roledescription", "figure");
        svg.setAttribute("aria-label", `${this.heading.textContent}, panel ${index + 1}. Arrow keys go from point to point.`);
        svg.addEventListener("pointermove", (event) => this.point(svg, index, event));
        svg.addEventListener("pointerleave", hush);
        svg.addEventListener("keydown", (event) => this.press(svg, index, event));
        svg.addEventListener("blur", () => { hush(); svg.querySelector(".focus")?.remove(); });
        svg.addEventListener("pointerdown", (event) => this.grab(svg, index, event));
      }

      place(svg, event) {
        const matrix = svg.getScreenCTM();
        return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      }

      point(svg, index, event) {
        const at = this.place(svg, event), spots = this.drawn[index]?.spots ?? [];
        let best = null, least = 28;
        for (const spot of spots) {
          if (spot.box) {
            const [x, y, wide, high] = spot.box;
            if (at.x >= x && at.x < x + wide && at.y >= y && at.y < y + high) { best = spot; break; }
            continue;
          }
          const distance = Math.hypot(spot.x - at.x, spot.y - at.y);
          if (distance < least) { least = distance; best = spot; }
        }
        if (best) say(best.text, event.clientX, event.clientY); else hush();
      }

      press(svg, index, event) {
        const drawn = this.drawn[index], spots = drawn?.spots ?? [];
        const zooms = { "+": 0.5, "=": 0.5, "-": 2 };
        if (this.isLine && event.key in zooms) { this.zoom(zooms[event.key], index); event.preventDefault(); return; }
        if (this.isLine && event.key === "0") { this.setZoom(null); event.preventDefault(); return; }
        if (event.key === "Escape") { hush(); svg.querySelector(".focus")?.remove(); return; }
        if (!spots.length) return;
        const now = Number(svg.dataset.spot ?? -1), last = spots.length - 1, columns = drawn.columns ?? 0;
        // Up and down go to another row of cells, or to the next series at about the same place.
        const other = (sign) => {
          if (columns) return now + sign * columns;
          const rows = [...new Set(spots.map((spot) => spot.row))];
          if (rows.length < 2) return now - sign * -1;
          const row = rows[(rows.indexOf(spots[Math.max(0, now)].row) + sign + rows.length) % rows.length];
          let best = now, least = Infinity;
          spots.forEach((spot, place) => {
            const distance = Math.abs(spot.x - spots[Math.max(0, now)].x);
            if (spot.row === row && distance < least) { least = distance; best = place; }
          });
          return best;
        };
        const moves = {
          ArrowRight: () => now + 1, ArrowLeft: () => now - 1, Home: () => 0, End: () => last,
          ArrowDown: () => other(1), ArrowUp: () => other(-1),
        };
        if (!(event.key in moves)) return;
        event.preventDefault();
        const next = now < 0 ? (event.key === "End" ? last : 0) : Math.min(last, Math.max(0, moves[event.key]()));
        this.focus(svg, index, next);
      }

      focus(svg, index, place) {
        const spot = this.drawn[index].spots[place];
        if (!spot) return;
        svg.dataset.spot = place;
        svg.querySelector(".focus")?.remove();
        const mark = document.createElementNS("http://www.w3.org/2000/svg", spot.box ? "rect" : "circle");
        mark.setAttribute("class", "focus");
        const sizes = spot.box ? { x: spot.box[0], y: spot.box[1], width: spot.box[2], height: spot.box[3] } : { cx: spot.x, cy: spot.y, r: 7 };
        for (const [name, value] of Object.entries(sizes)) mark.setAttribute(name, number(value));
        svg.append(mark);
        const matrix = svg.getScreenCTM(), at = new DOMPoint(spot.x, spot.y).matrixTransform(matrix);
        say(spot.text, at.x, at.y);
      }

      // Half or twice the range around the point that has the focus, or around the middle.
      zoom(factor, index = 0) {
        const drawn = this.drawn.find((one, place) => one.x && (place >= index)) ?? this.drawn.find((one) => one.x);
        if (!drawn) return;
        const panel = this.panelsDrawn[this.drawn.indexOf(drawn)];
        const [left, right] = [58, panel.w - 16], svg = this.panels.children[this.drawn.indexOf(drawn)];
        const spot = drawn.spots[Number(svg.dataset.spot ?? -1)];
        const middle = spot ? spot.x : (left + right) / 2, half = ((right - left) / 2) * factor;
        if (factor > 1) {
          if (!this.view.zoom) return;
          const whole = drawLine(panel, { ...this.view, zoom: null }).x;
          const ends = this.view.zoom.map(whole), wide = (ends[1] - ends[0]) * factor, centre = (ends[0] + ends[1]) / 2;
          if (wide > 0.98 * (right - left)) { this.setZoom(null); return; }
          this.setZoom([whole.value(centre - wide / 2), whole.value(centre + wide / 2)]);
          return;
        }
        this.setZoom([drawn.x.value(middle - half), drawn.x.value(middle + half)]);
      }

      setZoom(range) {
        choose(this.key + ".zoom", range && range.map((value) => Number(value.toPrecision(6))).join(","));
        this.draw();
      }

      // A drag across the plot chooses a range.
      grab(svg, index, event) {
        const drawn = this.drawn[index];
        if (!drawn?.x || event.button !== 0 || event.pointerType === "touch") return;
        const start = this.place(svg, event).x;
        const band = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        band.setAttribute("class", "brush");
        const move = (moved) => {
          const end = this.place(svg, moved).x;
          band.setAttribute("x", number(Math.min(start, end)));
          band.setAttribute("width", number(Math.abs(end - start)));
          band.setAttribute("y", "0");
          band.setAttribute("height", "100%");
          if (!band.isConnected) svg.append(band);
        };
        const up = (ended) => {
          removeEventListener("pointermove", move);
          removeEventListener("pointerup", up);
          band.remove();
          const end = this.place(svg, ended).x;
          if (Math.abs(end - start) > 8) this.setZoom([start, end].map(drawn.x.value).sort((a, b) => a - b));
        };
        addEventListener("pointermove", move);
        addEventListener("pointerup", up);
      }

      addTools() {
        this.tools = document.createElement("div");
        this.tools.className = "tools";
        this.tools.setAttribute("role", "group");
        this.tools.setAttribute("aria-label", `${this.heading.textContent}: controls`);
        this.series = document.createElement("span");
        this.tools.append(this.series);
        if (this.isLine) {
          this.tools.append(
            button("+", "Zoom in", () => this.zoom(0.5)), button("−", "Zoom out", () => this.zoom(2)),
            button("all", "Show the whole range", () => this.setZoom(null)));
        }
        this.tools.append(
          button("SVG", "Download this figure as SVG", () => this.downloadPicture()),
          button("CSV", "Download the data of this figure as CSV", () => this.downloadData()));
        this.panels.after(this.tools);
      }

      // One button a series, where there is more than one.
      showTools(models, view) {
        const names = new Map();
        for (const panel of models.panels) {
          if (panel.k === "line" && panel.s.length > 1) for (const line of panel.s) names.set(line.n, line.c);
        }
        const key = [...names.keys()].join("|");
        if (this.series.dataset.names !== key) {
          this.series.dataset.names = key;
          this.series.replaceChildren(...[...names].map(([name, color]) => {
            const made = button(name, null, () => {
              const off = this.view.off;
              if (!off.delete(name)) off.add(name);
              choose(this.key + ".off", [...off].join("|"));
              this.draw();
            });
            made.className = "series";
            made.style.setProperty("--series", `var(--c${color})`);
            return made;
          }));
        }
        for (const made of this.series.children) made.setAttribute("aria-pressed", String(!view.off.has(made.textContent)));
      }

      downloadPicture() {
        const heads = document.querySelectorAll("style"), gap = 24;
        let height = 40, wide = 0, body = "";
        for (const svg of this.panels.children) {
          const [, , w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
          const copy = svg.cloneNode(true);
          copy.querySelector(".focus")?.remove();
          const inner = new XMLSerializer().serializeToString(copy).replace(/^<svg[^>]*>/, "").replace(/<\/svg>$/, "");
          body += `<g transform="translate(${gap} ${height})">${inner}</g>\n`;
          height += h + 12;
          wide = Math.max(wide, w + 2 * gap);
        }
        const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${height}" width="${wide}" height="${height}">\n`
          + `<style>${escaped(page.style ?? heads[0].textContent)}</style>\n<rect class="page" width="${wide}" height="${height}"/>\n`
          + `<text class="title" x="${gap}" y="26">${escaped(this.heading.textContent)}</text>\n${body}</svg>\n`;
        download(this.key + ".svg", "image/svg+xml", text);
      }

      downloadData() {
        const field = (value) => {
          const text = value === null || value === undefined ? "" : String(value);
          // A spreadsheet takes these for a formula.
          const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? "'" + text : text;
          return /[",\n']/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
        };
        const rows = [];
        const models = this.models;
        if (!models) {
          rows.push(["panel", "point"]);
          this.drawn.forEach((drawn, index) => drawn.spots.forEach((spot) => rows.push([index + 1, spot.text])));
        } else if (models.panels[0].k === "cells") {
          rows.push(["panel", "row", "column", "cosine"]);
          for (const map of models.panels) {
            const values = cellValues(map), n = map.r.length;
            values.forEach((value, index) => rows.push([map.t, map.r[Math.floor(index / n)], map.r[index % n], value]));
          }
        } else {
          rows.push(["panel", "series", models.panels[0].k === "bars" ? "name" : "x", "value", "low", "high"]);
          for (const panel of models.panels) {
            if (panel.k === "bars") {
              panel.r.forEach((name, index) => {
                const bar = panel.p[index];
                if (bar) rows.push([panel.t, panel.t, name, bar[0], bar[1], bar[2]]);
              });
            } else {
              for (const line of panel.s) {
                pointsOf(panel, line).forEach((point, index) => {
                  if (point && !(line.h && index % 2)) rows.push([panel.t, line.n, point[0], point[1], point[2], point[3]]);
                });
              }
            }
          }
        }
        download(this.key + ".csv", "text/csv", rows.map((row) => row.map(field).join(",") + "\n").join(""));
      }
    }
    """#
}
