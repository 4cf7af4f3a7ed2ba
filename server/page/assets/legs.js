// The graph of legs: sessions as bands, legs as boxes in them, links as arrows.
import { names, span, sentence } from "./words.js";

const NS = "http://www.w3.org/2000/svg";
const W = 168, H = 46, GAP = 26, PAD = 14, HEAD = 26, ROW = 34;

function s(name, attributes, ...children) {
  const e = document.createElementNS(NS, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

const short = (t, n) => t.length > n ? `${t.slice(0, n - 1)}\u2026` : t;

// legGraph draws a call; open(i) is called for the link that was chosen.
export function legGraph(c, open) {
  const perRow = Math.max(2, Math.min(6, Math.floor((Math.max(480, document.getElementById("detail").clientWidth) - 60) / (W + GAP))));
  const at = new Map(), bands = [];
  let y = 8;
  const width = 2 * PAD + perRow * W + (perRow - 1) * GAP + 60;
  c.sessions.forEach((session, n) => {
    const legs = c.legs.filter(l => l.sessionId === session.id);
    const rows = Math.max(1, Math.ceil(legs.length / perRow)), height = HEAD + rows * (H + GAP) - GAP + 2 * PAD;
    bands.push(s("rect", { class: "band", x: 8, y, width: width - 16, height, rx: 10 }),
      s("text", { class: "dim", x: 8 + PAD, y: y + 19 }, `session ${String.fromCharCode(65 + n % 26)}  ${session.origin || ""}${session.observed ? "" : "  (only named)"}`));
    at.set(session.id, { x: width / 2, y: y + 12, wide: width });
    legs.forEach((l, i) => at.set(l.id, { x: 8 + PAD + (i % perRow) * (W + GAP), y: y + HEAD + PAD + Math.floor(i / perRow) * (H + GAP) }));
    y += height + ROW;
  });
  const svg = s("svg", { class: "legs", width, height: y, viewBox: `0 0 ${width} ${y}`, role: "group", "aria-label": "Legs and links" }, ...bands);
  for (const l of c.legs) svg.append(node(c, l, at.get(l.id)));
  const labels = new Map(); // how many stand at a leg already
  c.links.forEach((l, i) => {
    const a = at.get(l.fromLeg) || at.get(l.toLeg), b = at.get(l.toLeg) || at.get(l.toSession);
    if (!a || !b) return;
    const n = labels.get(a) || 0;
    labels.set(a, n + 1);
    svg.append(arrow(c, l, i, a, b, n, open));
  });
  return svg;
}

function node(c, l, p) {
  const who = c.participants.find(x => x.id === l.participantId);
  const name = who ? who.name || who.numbers[0] || who.id : l.participantId;
  const what = [l.outcome, l.talkMs ? span(l.talkMs) : ""].filter(Boolean).join(", ");
  return s("g", {}, s("title", {}, `${name}: ${what}`), s("rect", { class: "node", x: p.x, y: p.y, width: W, height: H, rx: 7 }),
    s("text", { x: p.x + 10, y: p.y + 19 }, short(name, 22)), s("text", { class: "dim", x: p.x + 10, y: p.y + 36 }, short(what, 26)));
}

function arrow(c, l, i, a, b, n, open) {
  const same = a === b;
  const from = { x: a.x + W / 2, y: a.y + H }, to = b.wide ? { x: b.x, y: b.y } : { x: b.x + W / 2, y: b.y };
  if (!b.wide && !same && Math.abs(a.y - b.y) < H) { // side by side
    from.x = a.x < b.x ? a.x + W : a.x; from.y = a.y + H / 2;
    to.x = a.x < b.x ? b.x : b.x + W; to.y = b.y + H / 2;
  } else if (!b.wide && !same && b.y < a.y) { from.y = a.y; to.y = b.y + H; }
  const bend = same ? 46 : Math.max(16, Math.abs(to.y - from.y) / 2), down = to.y >= from.y ? 1 : -1;
  const flat = !same && Math.abs(from.y - to.y) < 1;
  const d = same ? `M${from.x - 30},${from.y} C${from.x - 30},${from.y + bend} ${from.x + 30},${from.y + bend} ${from.x + 30},${from.y}`
    : flat ? `M${from.x},${from.y} C${(from.x + to.x) / 2},${from.y - 22} ${(from.x + to.x) / 2},${to.y - 22} ${to.x},${to.y}`
    : `M${from.x},${from.y} C${from.x},${from.y + down * bend} ${to.x},${to.y - down * bend} ${to.x},${to.y}`;
  const end = same ? { x: from.x + 30, y: from.y, a: -90 } : { x: to.x, y: to.y, a: flat ? (to.x > from.x ? 30 : 150) : 90 * down };
  const g = s("g", { class: `arrow${l.basis === "inferred" ? " inferred" : ""}`, tabindex: "0", role: "button", "aria-label": `Why: ${names.link(l.kind)}, ${sentence(c, l)}` },
    s("title", {}, `${names.link(l.kind)}: ${sentence(c, l)}`), s("path", { class: "hit", d }), s("path", { class: "line", d }),
    s("polygon", { points: "0,0 -9,-5 -9,5", transform: `translate(${end.x},${end.y}) rotate(${end.a})` }),
    s("text", { x: from.x + 8, y: same || flat ? from.y - 8 : from.y + down * (PAD + (down > 0 ? 18 : HEAD + 8) + 13 * n) }, names.link(l.kind)));
  g.addEventListener("click", () => open(i));
  g.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); e.stopPropagation(); open(i); } });
  return g;
}
