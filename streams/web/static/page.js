"use strict";
// Theme: kept in a cookie, so that the server's first byte already has it.
const root = document.documentElement;
document.getElementById("theme")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `plumbline_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});
