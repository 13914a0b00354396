/// Shows at once, and on touch as well, what browsers show of a `title` element after a while or not at all. The page
/// says the same without it.
enum PageScript {
  static let text = """
    (() => {
      const tip = document.getElementById("tip");
      const show = (event) => {
        const shape = event.target.closest("circle, rect");
        const title = shape && (shape.dataset.title || (shape.firstElementChild && shape.firstElementChild.textContent));
        if (!title) { tip.style.visibility = "hidden"; return; }
        if (!shape.dataset.title) {
          shape.dataset.title = title;
          shape.setAttribute("aria-label", title);
          shape.firstElementChild.remove();
        }
        tip.textContent = title;
        const width = tip.offsetWidth, height = tip.offsetHeight;
        tip.style.left = Math.max(4, Math.min(innerWidth - width - 4, event.clientX - width / 2)) + "px";
        tip.style.top = (event.clientY > height + 24 ? event.clientY - height - 12 : event.clientY + 18) + "px";
        tip.style.visibility = "visible";
      };
      for (const name of ["pointermove", "pointerdown"]) document.addEventListener(name, show);
      document.addEventListener("scroll", () => { tip.style.visibility = "hidden"; }, true);
    })();
    """
}
