/// What lets a person explore the page: it says the same without it.
enum PageScript {
  static let text =
    "(() => {\n\"use strict\";\n"
    + [numbers, scales, drawing, choices, figures, tables, begin].joined(separator: "\n") + "\n})();"

  /// Finds figures and tables, and the steps that a slider moves through.
  private static let begin = #"""
    readChoices();
    const step = { index: page.shown ?? 0, label: page.steps?.[page.shown ?? 0] ?? "" };
    const readStep = () => {
      const wanted = Number(choices.get("step") ?? page.shown ?? 0);
      if (!page.steps) return;
      step.index = Number.isInteger(wanted) && page.steps[wanted] !== undefined ? wanted : page.shown;
      step.label = page.steps[step.index];
    };
    readStep();
    const figures = [...document.querySelectorAll("section[data-figure]")].map((section) => new Figure(section));
    const tables = [...document.querySelectorAll(".scroll")].map((box, index) => new Table(box, index));
    const first = figures.find((figure) => page.details?.[figure.key]);
    let slider = null, output = null;
    const showStep = () => {
      if (!slider) return;
      slider.value = step.index;
      slider.setAttribute("aria-valuetext", step.label);
      output.textContent = step.label;
    };
    if (first && page.steps.length > 1) {
      const bar = document.createElement("div");
      bar.className = "steps";
      const label = document.createElement("label");
      slider = document.createElement("input");
      slider.type = "range";
      slider.min = 0;
      slider.max = page.steps.length - 1;
      slider.step = 1;
      label.append("The figures below are of ", slider);
      output = document.createElement("output");
      bar.append(label, output);
      slider.addEventListener("input", () => {
        choose("step", Number(slider.value) === page.shown ? null : slider.value);
        readStep();
        showStep();
        for (const figure of figures) if (page.details?.[figure.key]) figure.draw();
      });
      first.section.before(bar);
      showStep();
    }
    addEventListener("hashchange", () => {
      readChoices();
      readStep();
      showStep();
      for (const figure of figures) figure.draw();
      for (const table of tables) table.show();
    });
    matchMedia("(max-width: 700px)").addEventListener("change", () => { for (const figure of figures) figure.draw(); });
    document.addEventListener("scroll", hush, true);
    document.documentElement.classList.add("explored");
    """#
}
