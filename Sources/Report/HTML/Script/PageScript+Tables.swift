extension PageScript {
  /// Tables that are sorted by their heads and filtered by what is typed.
  static let tables = #"""
    const valueOf = (text) => {
      const found = text.replace(/,(?=\d{3})/g, "").replace(/−/g, "-").match(/^-?(\d+\.?\d*(e[+-]?\d+)?|∞)/);
      return found ? (found[0].includes("∞") ? (found[0][0] === "-" ? -Infinity : Infinity) : Number(found[0])) : NaN;
    };

    class Table {
      constructor(box, index) {
        this.key = "table" + (index + 1);
        this.body = box.querySelector("tbody");
        this.heads = [...box.querySelectorAll("thead th")];
        this.rows = [...this.body.rows];
        if (this.rows.length < 2) return;
        this.heads.forEach((head, column) => {
          if (!head.textContent) return;
          const made = button(head.textContent, null, () => {
            const [now, sign] = this.order;
            choose(this.key + ".sort", now === column && sign > 0 ? column + ",-1" : now === column ? null : column + ",1");
            this.show();
          });
          head.replaceChildren(made);
        });
        if (this.rows.length > 12) {
          this.field = document.createElement("input");
          this.field.type = "search";
          this.field.placeholder = `filter ${this.rows.length} rows`;
          this.field.setAttribute("aria-label", "Show rows that hold");
          this.field.className = "filter";
          this.field.addEventListener("input", () => { choose(this.key + ".filter", this.field.value); this.show(); });
          box.before(this.field);
        }
        this.show();
      }

      get order() {
        const [column, sign] = (choices.get(this.key + ".sort") ?? "").split(",").map(Number);
        return Number.isInteger(column) && this.heads[column] && Math.abs(sign) === 1 ? [column, sign] : [-1, 1];
      }

      show() {
        if (!this.rows.length || this.rows.length < 2) return;
        const wanted = (choices.get(this.key + ".filter") ?? "").toLowerCase(), [column, sign] = this.order;
        if (this.field && document.activeElement !== this.field) this.field.value = choices.get(this.key + ".filter") ?? "";
        this.heads.forEach((head, place) => {
          if (place === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending"); else head.removeAttribute("aria-sort");
        });
        const rows = this.rows.map((row, place) => ({ row, place, text: row.cells[column]?.textContent ?? "" }));
        if (column >= 0) {
          const isText = this.heads[column].classList.contains("name");
          rows.sort((a, b) => {
            const [x, y] = [valueOf(a.text), valueOf(b.text)];
            if (!isText || (!Number.isNaN(x) && !Number.isNaN(y))) {
              // What is no number stands last, whichever way.
              if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a.place - b.place;
              return sign * (x - y) || a.place - b.place;
            }
            return sign * a.text.localeCompare(b.text) || a.place - b.place;
          });
        }
        this.body.replaceChildren(...rows.map(({ row }) => row));
        for (const { row } of rows) row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      }
    }
    """#
}
