"use strict";
// The live stream: server-sent events to list items. Everything is set as text; nothing from traffic is ever parsed as markup.
(() => {
  const MOST = 200;
  const list = document.getElementById("tags"), state = document.getElementById("state"), pause = document.getElementById("pause");
  const arrived = document.getElementById("arrived"), quiet = document.getElementById("quiet");
  const known = new Set([...list.children].map((item) => item.dataset.key));
  let waiting = [], paused = false, count = 0;

  const make = (tag, className, text, href) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    if (href) element.href = href;
    return element;
  };

  const item = (tag) => {
    const entry = make("li", "fresh"), first = make("div", "row"), last = make("div", "row muted");
    const category = make("a", "category", undefined, `/category?id=${encodeURIComponent(tag.category)}`);
    category.append(make("span", `swatch c${tag.colour}`), tag.title);
    const time = make("a", "time", undefined, tag.href);
    time.append(make("time", "", `${tag.day}, ${tag.time}`));
    first.append(make("span", `badge severity-${tag.severity}`, tag.severity), " ", category, " ", make("span", `badge outcome-${tag.outcome}`, tag.outcome_words), time);
    const evidence = make("p", "evidence");
    if (tag.context) evidence.append(make("span", "muted", tag.context));
    else if (tag.excerpt) evidence.append("“", make("bdi", "", tag.excerpt), "”");
    else evidence.append(make("span", "muted", "excerpt no longer kept"));
    const organization = make("a", "", undefined, tag.organization_href);
    organization.append(make("bdi", "", tag.organization_id));
    last.append(organization, make("span", "", tag.rule), make("span", "", `clause ${tag.clause}`), make("span", "", `score ${tag.score}`));
    entry.append(first, evidence, last);
    return entry;
  };

  const say = (text, kind) => { state.textContent = text; state.className = `state ${kind}`; };
  const show = (tag) => {
    list.prepend(item(tag));
    while (list.children.length > MOST) list.lastElementChild.remove();
    quiet.hidden = true;
  };
  const steady = () => say(paused ? `paused, ${waiting.length} waiting` : "live", paused ? "paused" : "on");

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Resume" : "Pause";
    if (!paused) { waiting.forEach(show); waiting = []; }
    steady();
  });

  const source = new EventSource(list.dataset.stream);
  source.addEventListener("open", () => { pause.disabled = false; steady(); });
  source.addEventListener("error", () => say("connection lost, trying again", "off"));
  source.addEventListener("tag", (event) => {
    const tag = JSON.parse(event.data), key = `${tag.organization_id} ${tag.event_id} ${tag.category}`;
    if (known.has(key)) return;
    known.add(key);
    count += 1;
    arrived.textContent = count.toLocaleString("en");
    if (paused) { waiting = [...waiting, tag].slice(-MOST); steady(); } else show(tag);
  });
  source.addEventListener("pulse", (event) => {
    const pulse = JSON.parse(event.data), write = (id, value) => { document.getElementById(id).textContent = value ?? "–"; };
    if (pulse.problem) return say(pulse.problem, "off");
    write("pulse-seen", pulse.seen?.toLocaleString("en")); write("pulse-dead", pulse.dead_lettered?.toLocaleString("en")); write("pulse-behind", pulse.behind?.toLocaleString("en"));
    steady();
  });
  addEventListener("pagehide", () => source.close());
})();
