"use strict";
// One run: nodes in the order of the tree, each with the index of its parent. Texts are only ever set as text.
const { run, nodes, source } = JSON.parse(document.getElementById("data").textContent);
const ROW = 24, CHUNK = 200;
const $ = (id) => document.getElementById(id);
const tree = $("tree"), space = $("space"), detail = $("detail");

function make(tag, props = {}, ...inside) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "class") it.className = value;
    else if (name in it && !name.startsWith("aria")) it[name] = value;
    else it.setAttribute(name, value);
  }
  it.append(...inside.filter((x) => x !== "" && x !== null));
  return it;
}
const count = (n) => n.toLocaleString("en-US");
const usd = (n) => (n <= 0 ? "" : n < 0.00005 ? "<$0.0001" : "$" + n.toFixed(4));
function span(ms) {
  if (ms === null) return "";
  if (ms < 9.95) return ms.toFixed(1) + " ms";
  if (ms < 999.5) return Math.round(ms) + " ms";
  if (ms < 59995) return (ms / 1000).toFixed(2) + " s";
  const s = Math.round(ms / 1000), two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? Math.floor(s / 60) + " min " + two(s % 60) + " s" : Math.floor(s / 3600) + " h " + two(Math.floor((s % 3600) / 60)) + " min";
}
const shade = (it) => (it.state === "failed" || it.state === "denied" ? "bad" : it.state !== "ok" ? "odd" : it.sort);

// The tree -----------------------------------------------------------------------------------------------------------
const children = nodes.map(() => []), roots = [];
nodes.forEach((it, i) => (it.parent < 0 ? roots : children[it.parent]).push(i));
const depth = [];
nodes.forEach((it, i) => { depth[i] = it.parent < 0 ? 0 : depth[it.parent] + 1; });
const open = nodes.map((it, i) => nodes.length <= 300 || (!it.well && depth[i] < 8));
const length = Math.max(1e-3, ...chunked(nodes.map((it) => it.start + (it.took ?? 0))), run.duration_ms ?? 0);
const first = Math.min(length, ...nodes.slice(0, 1).map((it) => it.start)), scale = Math.max(1e-3, length - first);
let rows = [], at = 0, chosen = -1, found = null;

function chunked(values) { // Math.max takes only so many arguments
  const most = [];
  for (let i = 0; i < values.length; i += 10000) most.push(Math.max(...values.slice(i, i + 10000)));
  return most;
}

function layOut() {
  const kept = chosen;
  rows = [];
  const pending = [...roots].reverse();
  while (pending.length) {
    const i = pending.pop();
    if (found && !found.has(i)) continue;
    rows.push(i);
    if (open[i] || found) for (let n = children[i].length - 1; n >= 0; n--) pending.push(children[i][n]);
  }
  space.style.height = rows.length * ROW + "px";
  tree.setAttribute("aria-rowcount", rows.length);
  $("shown").textContent = count(rows.length) + " of " + count(nodes.length) + " shown";
  at = Math.max(0, rows.indexOf(kept));
  choose(at, false);
}

function draw() {
  const first = Math.max(0, Math.floor(tree.scrollTop / ROW) - 10);
  const last = Math.min(rows.length, Math.ceil((tree.scrollTop + tree.clientHeight) / ROW) + 10);
  const drawn = [];
  for (let n = first; n < last; n++) drawn.push(rowOf(n));
  space.replaceChildren(...drawn);
}

function rowOf(n) {
  const i = rows[n], it = nodes[i], colour = shade(it), inside = children[i].length > 0;
  const row = make("div", {
    id: "row" + i, role: "row", "aria-level": depth[i] + 1, "aria-rowindex": n + 1, "aria-selected": n === at,
  });
  if (inside) row.setAttribute("aria-expanded", open[i] || found !== null);
  row.style.top = n * ROW + "px";
  const twist = make("span", { class: "twist", "aria-hidden": "true" }, inside ? (open[i] || found ? "▾" : "▸") : "");
  twist.style.marginLeft = Math.min(depth[i], 24) * 14 + "px";
  const what = make("span", { class: "what", role: "gridcell" });
  if (it.state !== "ok") what.append(make("span", { class: colour }, it.state + " "));
  what.append(make("span", { class: colour === "bad" ? "bad" : "" }, it.title));
  if (it.checkpoint) what.append(make("span", { class: "odd" }, " ◆ " + it.checkpoint));
  if (it.detail) what.append(make("small", {}, it.detail));
  const track = make("span", { class: "track", role: "gridcell", "aria-label": "begins at " + span(it.start) });
  const mark = make("i", { class: colour });
  mark.style.left = (100 * (it.start - first)) / scale + "%";
  mark.style.width = (100 * (it.took ?? Math.max(0, length - it.start))) / scale + "%";
  track.append(mark);
  row.append(
    make("span", { class: "number", role: "gridcell" }, it.number ? String(it.number) : ""), twist, what,
    make("span", { class: "cell", role: "gridcell" }, it.input + it.output ? count(it.input + it.output) : ""),
    make("span", { class: "cell", role: "gridcell" }, usd(it.usd)),
    make("span", { class: "cell", role: "gridcell" }, span(it.took)), track,
  );
  row.addEventListener("click", (event) => { choose(n); if (event.target === twist) turn(i); });
  row.addEventListener("dblclick", () => turn(i));
  return row;
}

function choose(n, scroll = true) {
  if (!rows.length) { chosen = -1; space.replaceChildren(); tree.removeAttribute("aria-activedescendant"); return; }
  at = Math.min(Math.max(n, 0), rows.length - 1);
  const changed = chosen !== rows[at];
  chosen = rows[at];
  if (scroll) {
    if (at * ROW < tree.scrollTop) tree.scrollTop = at * ROW;
    if ((at + 1) * ROW > tree.scrollTop + tree.clientHeight) tree.scrollTop = (at + 1) * ROW - tree.clientHeight;
  }
  tree.setAttribute("aria-activedescendant", "row" + chosen);
  draw();
  if (changed) showDetail(chosen);
  drawTimeline();
}

function turn(i, to = !open[i]) {
  if (!children[i].length || found) return;
  open[i] = to;
  layOut();
}

function turnAll(to) { open.fill(to); layOut(); }

tree.addEventListener("scroll", draw);
tree.addEventListener("keydown", (event) => {
  const i = rows[at], page = Math.max(1, Math.floor(tree.clientHeight / ROW) - 1);
  const keys = {
    ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Home: () => choose(0), End: () => choose(rows.length - 1),
    PageDown: () => choose(at + page), PageUp: () => choose(at - page),
    ArrowRight: () => (children[i].length && !open[i] && !found ? turn(i, true) : children[i].length && choose(at + 1)),
    ArrowLeft: () => (children[i].length && open[i] && !found ? turn(i, false) : nodes[i].parent >= 0 && choose(rows.indexOf(nodes[i].parent))),
    Enter: () => detail.focus(), " ": () => turn(i), "*": () => turnAll(true), "-": () => turnAll(false),
  };
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys) || i === undefined) return;
  event.preventDefault();
  keys[event.key]();
});

// Search ------------------------------------------------------------------------------------------------------------
const words_of = []; // by node, made when it is first searched
function search() {
  const words = $("search").value.toLowerCase().trim(), bad = $("bad").checked;
  found = null;
  if (words || bad) {
    found = new Set();
    nodes.forEach((it, i) => {
      const text = (words_of[i] ??= (it.title + " " + it.detail + " " + it.key + " " + it.checkpoint).toLowerCase());
      if ((words && !text.includes(words)) || (bad && it.state === "ok")) return;
      for (let up = i; up >= 0 && !found.has(up); up = nodes[up].parent) found.add(up);
    });
  }
  layOut();
}
$("search").addEventListener("input", search);
$("bad").addEventListener("change", search);
$("open-all").addEventListener("click", () => turnAll(true));
$("close-all").addEventListener("click", () => turnAll(false));

// The timeline: all of the run in one picture, a lane for each depth ----------------------------------------------------
const canvas = $("timeline"), LANE = 7;
let picture = null; // of all nodes, drawn once; what is chosen comes on top of it
const lane = (i) => 6 + Math.min(depth[i], 6) * (LANE + 1);
const left = (it) => (canvas.clientWidth * (it.start - first)) / scale;
const wide = (it) => Math.max(1, (canvas.clientWidth * (it.took ?? length - it.start)) / scale);

function colours() {
  const style = getComputedStyle(document.documentElement), known = {};
  return (name) => (known[name] ??= style.getPropertyValue("--" + (name || "ok")));
}

function drawPicture() {
  const dots = window.devicePixelRatio || 1, colour = colours();
  picture = make("canvas", { width: canvas.clientWidth * dots, height: canvas.clientHeight * dots });
  const pen = picture.getContext("2d"), drawn = new Set();
  pen.scale(dots, dots);
  pen.globalAlpha = 0.6;
  nodes.forEach((it, i) => {
    const x = left(it), w = wide(it), spot = w > 2 ? "" : Math.round(x) + " " + lane(i) + shade(it);
    if (spot && drawn.has(spot)) return; // another one stands on these very dots
    drawn.add(spot);
    pen.fillStyle = colour(shade(it));
    pen.fillRect(x, lane(i), w, LANE);
  });
}

function drawTimeline() {
  if (!canvas.clientWidth) return;
  if (!picture) drawPicture();
  canvas.width = picture.width;
  canvas.height = picture.height;
  const pen = canvas.getContext("2d"), colour = colours();
  pen.drawImage(picture, 0, 0);
  if (chosen < 0) return;
  const dots = window.devicePixelRatio || 1;
  pen.scale(dots, dots);
  pen.fillStyle = colour(shade(nodes[chosen]));
  pen.fillRect(left(nodes[chosen]), lane(chosen), wide(nodes[chosen]), LANE);
  pen.fillStyle = colour("text");
  pen.fillRect(left(nodes[chosen]), 0, 1, canvas.clientHeight);
}
function drawAnew() { picture = null; draw(); drawTimeline(); }
canvas.addEventListener("click", (event) => {
  const when = first + (event.offsetX / canvas.clientWidth) * scale;
  let best = -1;
  nodes.forEach((it, i) => {
    if (it.start <= when && when <= it.start + Math.max(it.took ?? length, length / 500)) best = i;
  });
  if (best < 0) return;
  for (let up = nodes[best].parent; up >= 0; up = nodes[up].parent) open[up] = true;
  chosen = best;
  layOut();
  choose(rows.indexOf(best));
});
window.addEventListener("resize", drawAnew);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);

// One entry -----------------------------------------------------------------------------------------------------------
// Characters that reorder or hide text are shown by their numbers.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const number = (it) => "\\u" + it.charCodeAt(0).toString(16).padStart(4, "0");
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2)).replace(hidden, number);
function block(title, value) {
  return value === undefined || value === null ? [] : [make("h2", {}, title), make("pre", { tabIndex: 0 }, text(value))];
}

function said(message) {
  const role = String(message.role ?? "?"), box = make("div", { class: "said " + (role === "assistant" || role === "tool" ? role : "") });
  box.append(make("b", {}, text(role + (message.name ? " " + text(message.name) : ""))));
  const { role: _, name: __, text: words, tool_calls: calls, ...rest } = message;
  if (words) box.append(make("pre", {}, text(words)));
  for (const it of Array.isArray(calls) ? calls : []) {
    box.append(make("pre", {}, "→ " + text(it.name ?? "?") + " " + text(it.arguments ?? null)));
  }
  if (Object.keys(rest).length) box.append(make("details", {}, make("summary", { class: "hint" }, "more"), make("pre", {}, text(rest))));
  return box;
}

function conversation(it) {
  const asked = Array.isArray(it.args?.messages) ? it.args.messages : [], answer = it.result?.response?.message;
  const all = [...asked, ...(answer && typeof answer === "object" ? [answer] : [])];
  return all.filter((x) => x && typeof x === "object").map(said);
}

function facts(it) {
  const own = [
    ["key", it.key], ["number", it.number || ""], ["state", it.state], ["begins", "+" + span(it.start)], ["took", it.reused ? "reused: an earlier run has done it" : span(it.took)],
    ["tokens", it.input + it.output ? count(it.input) + " in, " + count(it.output) + " out, " + count(it.cached) + " cached" : ""],
    ["USD", usd(it.usd)], ["idempotent", it.idempotent ? "yes" : ""], ["checkpoint", it.checkpoint],
  ];
  return make("table", {}, make("tbody", {}, ...own.filter(([, value]) => value !== "" && value !== undefined)
    .map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(value))))));
}

function showDetail(i) {
  const it = nodes[i], parts = [make("h2", {}, it.title), facts(it)];
  if (it.error) parts.push(make("h2", { class: "bad" }, "error"), make("pre", { class: "bad", tabIndex: 0 }, text(it.error)));
  if (it.permission?.length) {
    parts.push(make("h2", {}, "permissions"), make("table", {}, make("tbody", {}, ...it.permission.map(([allowed, subject, rule]) =>
      make("tr", {}, make("td", { class: allowed ? "" : "bad" }, allowed ? "allowed" : "denied"), make("td", { class: "mono" }, text(subject)),
        make("td", {}, rule ? "by " + text(rule) : "no rule grants it"))))));
  }
  if (it.remarks?.length) parts.push(make("h2", {}, "noted"), make("pre", {}, text(it.remarks.map((x) => x.join(": ")).join("\n"))));
  const talk = conversation(it);
  if (talk.length) parts.push(make("h2", {}, "messages"), ...talk);
  parts.push(...block(talk.length ? "arguments, all of them" : "arguments", it.args), ...block("result", it.result));
  detail.replaceChildren(...parts);
  detail.scrollTop = 0;
}
detail.addEventListener("keydown", (event) => { if (event.key === "Escape") tree.focus(); });

// Messages ------------------------------------------------------------------------------------------------------------
const speaking = nodes.map((it, i) => i).filter((i) => nodes[i].sort === "model" || nodes[i].sort === "tool");
let listed = 0;
function listMessages() {
  const more = speaking.slice(listed, listed + CHUNK);
  listed += more.length;
  $("messages").append(...more.map((i) => {
    const it = nodes[i];
    const head = make("summary", {}, make("span", { class: shade(it) === "bad" ? "bad" : "" }, it.title),
      make("span", { class: "hint" }, " +" + span(it.start) + " · " + span(it.took) + (it.input + it.output ? " · " + count(it.input + it.output) + " tokens " : " ") + usd(it.usd) + " "),
      make("code", {}, it.detail));
    const box = make("details", {}, head);
    box.addEventListener("toggle", () => {
      if (!box.open || box.children.length > 1) return;
      const talk = conversation(it);
      const said = talk.length ? talk : [...block("asked", it.args), ...block("answered", it.result)];
      box.append(...said, ...block("error", it.error));
      if (box.children.length === 1) box.append(make("p", { class: "hint" }, "nothing"));
    });
    return box;
  }));
  $("more").hidden = listed >= speaking.length;
  $("no-messages").hidden = speaking.length > 0;
}
$("more").addEventListener("click", listMessages);

// Costs ---------------------------------------------------------------------------------------------------------------
function around(i) { // the agent that asked
  for (let up = nodes[i].parent; up >= 0; up = nodes[up].parent) if (nodes[up].sort === "agent") return nodes[up].title;
  return "(no agent)";
}
function costs(title, nameOf) {
  const sums = new Map();
  nodes.forEach((it, i) => {
    if (!it.own) return;
    const [input, output, cached, dollars] = it.own, name = nameOf(it, i), sum = sums.get(name) ?? [0, 0, 0, 0, 0];
    sums.set(name, [sum[0] + 1, sum[1] + input, sum[2] + output, sum[3] + cached, sum[4] + dollars]);
  });
  const all = [...sums].sort((a, b) => b[1][4] - a[1][4] || b[1][1] - a[1][1]), total = all.reduce((n, [, it]) => n + it[4], 0);
  const cells = (it) => [...it.slice(0, 4).map(count), usd(it[4]) || "$0", total ? Math.round((100 * it[4]) / total) + " %" : ""];
  const sum = all.reduce((n, [, it]) => n.map((x, k) => x + it[k]), [0, 0, 0, 0, 0]);
  const row = (name, it) => make("tr", {}, make("th", { scope: "row" }, name), ...cells(it).map((x) => make("td", { class: "n" }, x)));
  return [make("h2", {}, title), make("table", {},
    make("thead", {}, make("tr", {}, ...[title, "calls", "input", "output", "cached", "USD", "share"].map((x, n) => make("th", { scope: "col", class: n ? "n" : "" }, x)))),
    make("tbody", {}, ...all.map(([name, it]) => row(name, it))), make("tfoot", {}, row("total", sum)))];
}
if (nodes.some((it) => it.own)) {
  $("costs").append(...costs("model", (it) => it.title), ...costs("agent", (it, i) => around(i)));
} else $("costs").append(make("p", { class: "hint" }, "No model was asked."));

// The tabs ------------------------------------------------------------------------------------------------------------
const tabs = [...document.querySelectorAll("[role=tab]")];
function show(tab) {
  for (const it of tabs) {
    it.setAttribute("aria-selected", it === tab);
    it.tabIndex = it === tab ? 0 : -1;
    $(it.getAttribute("aria-controls")).hidden = it !== tab;
  }
  if (tab.id === "tab-messages" && !listed) listMessages();
  draw();
  drawTimeline();
}
tabs.forEach((it, n) => {
  it.addEventListener("click", () => show(it));
  it.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(n + step + tabs.length) % tabs.length];
    show(next);
    next.focus();
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== $("search")) { event.preventDefault(); show(tabs[0]); $("search").focus(); }
  else if (event.key === "Escape" && document.activeElement === $("search")) { $("search").value = ""; search(); tree.focus(); }
});
if (source === null) $("source").append(make("p", { class: "hint" }, "The journal does not hold the script's text."));
else $("source").append(make("pre", { tabIndex: 0 }, text(source)));
layOut();
tree.focus();
