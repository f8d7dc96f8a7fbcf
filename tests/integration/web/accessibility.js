// The most important rules of an accessibility checker, run inside the page. Returns one line per finding.
const found = [];
const visible = (element) => { const box = element.getBoundingClientRect(), style = getComputedStyle(element); return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && !element.closest("[aria-hidden=true]"); };
const name = (element) => (element.getAttribute("aria-label") || (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ") || element.textContent || element.title || "").trim();
const where = (element) => `${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}${element.className && element.className.toString ? "." + (element.className.baseVal ?? element.className) : ""} "${(element.textContent || "").trim().slice(0, 40)}"`;
const say = (rule, element) => found.push(`${rule}: ${where(element)}`);

if (!document.documentElement.lang) found.push("page has no language");
if (!document.title.trim()) found.push("page has no title");
if (document.querySelectorAll("main").length !== 1) found.push("page has not exactly one main");
if (document.querySelectorAll("h1").length !== 1) found.push("page has not exactly one h1");
let last = 0;
for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
  const level = Number(heading.tagName[1]);
  if (level > last + 1) say("heading skips a level", heading);
  if (!heading.textContent.trim()) say("empty heading", heading);
  last = level;
}
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(ids.filter((each, index) => ids.indexOf(each) !== index))) found.push(`id occurs twice: ${id}`);
for (const element of document.querySelectorAll("[aria-labelledby], [for]")) {
  for (const id of (element.getAttribute("aria-labelledby") || element.getAttribute("for")).split(" ")) if (!document.getElementById(id)) say(`names ${id}, which is not there`, element);
}
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) if (!field.labels?.length && !field.getAttribute("aria-label")) say("field without label", field);
for (const control of document.querySelectorAll("a[href], button")) if (visible(control) && !name(control)) say("control without name", control);
for (const image of document.querySelectorAll("img:not([alt]), svg[role=img]:not([aria-label])")) say("image without name", image);
for (const nav of document.querySelectorAll("nav, [role=region]")) if (!name(nav) || !nav.getAttribute("aria-label")) say("landmark without label", nav);
for (const cell of document.querySelectorAll("th:not([scope])")) say("header cell without scope", cell);
for (const list of document.querySelectorAll("ul, ol")) for (const child of list.children) if (child.tagName !== "LI") say("list holds something else than items", child);
for (const element of document.querySelectorAll("[tabindex]")) if (element.tabIndex > 0) say("positive tabindex", element);
for (const hidden of document.querySelectorAll("[aria-hidden=true]")) if (hidden.querySelector("a[href]:not([tabindex='-1']), button, input, select")) say("hidden element holds a control", hidden);
for (const element of document.querySelectorAll("main *")) {
  const style = getComputedStyle(element), scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
  if (scrolls && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1) && element.tabIndex < 0 && !element.querySelector("a[href], button, input, select")) say("scrolls but cannot be focused", element);
}

// Contrast of every visible text against what is painted behind it.
const channels = (text) => { const [red, green, blue, alpha = 1] = (text.match(/[\d.]+/g) || []).map(Number); return [red, green, blue, alpha]; };
const over = (top, bottom) => [0, 1, 2].map((at) => top[at] * top[3] + bottom[at] * (1 - top[3])).concat(1);
const luminance = (colour) => { const [red, green, blue] = colour.slice(0, 3).map((value) => { const part = value / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }); return 0.2126 * red + 0.7152 * green + 0.0722 * blue; };
const background = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const colour = channels(getComputedStyle(each).backgroundColor);
    if (colour[3]) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((bottom, top) => over(top, bottom), channels(getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18,18,18)" : "rgb(255,255,255)"));
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = new Set();
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !visible(element) || element.closest("svg, script, style, option, :disabled")) continue;
  const style = getComputedStyle(element), behind = background(element);
  let opacity = 1;
  for (let each = element; each; each = each.parentElement) opacity *= Number(getComputedStyle(each).opacity);
  const colour = channels(style.color), front = over([...colour.slice(0, 3), colour[3] * opacity], behind);
  const [light, dark] = [luminance(front), luminance(behind)].sort((a, b) => b - a), ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) low.add(`contrast ${ratio.toFixed(2)}: ${style.color} on ${behind.slice(0, 3).map(Math.round)}: ${where(element)}`);
}
return [...found, ...low];
