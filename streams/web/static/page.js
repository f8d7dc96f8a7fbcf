"use strict";
// Theme: kept in a cookie, so that the server's first byte already has it.
const root = document.documentElement;
document.getElementById("theme")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `plumbline_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

// Charts: what a column says stands beside the pointer at once, instead of a second later as the browser's own title.
for (const figure of document.querySelectorAll("figure.chart")) {
  const note = document.createElement("div");
  note.className = "note";
  note.hidden = true;
  note.setAttribute("aria-hidden", "true");
  figure.append(note);
  for (const column of figure.querySelectorAll(".column")) {
    const title = column.querySelector("title");
    const lines = title.textContent.split("\n");
    column.setAttribute("aria-label", lines.join(", "));
    title.remove();
    column.addEventListener("pointerenter", () => {
      note.replaceChildren(...lines.map((line, index) => Object.assign(document.createElement(index ? "span" : "strong"), { textContent: line })));
      note.hidden = false;
      const frame = figure.getBoundingClientRect(), place = column.getBoundingClientRect();
      const left = Math.min(Math.max(0, place.left - frame.left + place.width / 2 - note.offsetWidth / 2), frame.width - note.offsetWidth);
      note.style.left = `${left}px`;
    });
    column.addEventListener("pointerleave", () => { note.hidden = true; });
  }
}

// Filters: what is empty stays out of the URL.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("submit", () => {
    for (const field of form.querySelectorAll("input, select")) if (!field.value) field.disabled = true;
  });
}

// A narrow screen's navigation scrolls: where we are must be in view.
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
