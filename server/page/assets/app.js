// The page. Everything it shows comes from the API; every text goes into the document as
// text, never as markup.
import { legGraph } from "./legs.js";
import { h, clock, span, names, sentence } from "./words.js";

const API = "/api/v1";
const $ = id => document.getElementById(id);
const KINDS = ["transfer.attended", "transfer.blind", "forward", "conference.merge", "supervise", "takeover", "park", "pickup", "route", "hunt", "switch", "flip", "ringout", "peer"];
const OUTCOMES = ["answered", "voicemail", "missed", "abandoned", "rejected", "busy", "cancelled", "failed", "parked", "unknown"];

const state = { tenant: "", rows: new Map(), next: "", shown: null, tab: "ladder", stream: null, asked: 0, opener: null };

async function ask(path, options) {
  const res = await fetch(API + path, options);
  if (res.status === 401) { location.reload(); throw new Error("signed out"); }
  if (!res.ok) {
    const p = await res.json().catch(() => ({}));
    throw new Error(p.detail || p.title || res.statusText);
  }
  return res;
}
const json = async path => (await ask(path)).json();
const text = async path => (await ask(path)).text();
const base = () => `/tenants/${encodeURIComponent(state.tenant)}`;
const callPath = id => `${base()}/calls/${encodeURIComponent(id)}`;

// ---- the list

function filters() {
  const p = new URLSearchParams();
  for (const id of ["q", "status", "link", "outcome"]) if ($(id).value.trim()) p.set(id, $(id).value.trim());
  if ($("since").value) p.set("from", new Date(Date.now() - 1000 * $("since").value).toISOString());
  return p;
}

async function search(more) {
  const asked = ++state.asked;
  const p = filters();
  p.set("limit", "50");
  if (more) p.set("cursor", state.next);
  try {
    const page = await json(`${base()}/calls?${p}`);
    if (asked !== state.asked) return; // another search was faster
    state.listed = true;
    if (!more) state.rows.clear();
    for (const c of page.calls) state.rows.set(c.id, c);
    state.next = page.next || "";
    list();
  } catch (e) {
    if (asked === state.asked) say(e.message);
  }
}

function list(fresh) {
  const rows = [...state.rows.values()].sort((a, b) => b.startedAt.localeCompare(a.startedAt) || (a.id < b.id ? 1 : -1));
  const focused = document.activeElement?.dataset?.id;
  $("calls").replaceChildren(...rows.map(c => row(c, c.id === fresh)));
  if (focused) $("calls").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  $("older").hidden = !state.next;
  const filtered = [...filters().keys()].length > 0;
  $("none").hidden = rows.length > 0;
  $("none").textContent = filtered ? "No call matches." : "No calls yet.";
  if (!state.shown && state.listed) welcome(rows.length > 0 || filtered);
}

const person = p => p && (p.name || p.number || p.extensionId) || "somebody";

function row(c, fresh) {
  const good = c.outcome === "answered", told = c.outcome !== "unknown" || c.status === "final", tags = [];
  if (c.status !== "final") tags.push(h("span", { class: `tag ${c.status}` }, c.status));
  for (const k of c.links.slice(0, 4)) tags.push(h("span", { class: "tag linked" }, names.link(k)));
  if (c.findings.length) tags.push(h("span", { class: "tag found" }, c.findings.length === 1 ? "1 finding" : `${c.findings.length} findings`));
  return h("li", fresh ? { class: "fresh" } : {},
    h("a", { href: address(c.id), "data-id": c.id, ...(c.id === state.shown ? { "aria-current": "true" } : {}) },
      h("div", { class: "who" }, h("span", {}, `${person(c.from)} \u2192 ${person(c.to)}`), h("time", { datetime: c.startedAt }, clock(c.startedAt))),
      h("div", { class: "how" }, told ? h("span", { class: good ? "good" : "bad" }, c.outcome) : null, h("span", {}, c.direction),
        c.talkMs ? h("span", {}, `${span(c.talkMs)} talk`) : null, ...tags)));
}

const address = id => `#/t/${encodeURIComponent(state.tenant)}/calls/${encodeURIComponent(id)}`;

// ---- live

function listen() {
  state.stream?.close();
  const s = state.stream = new EventSource(`${API}${base()}/changes`);
  s.addEventListener("open", () => search(), { once: true }); // what changed since the list was read and before
  s.onopen = () => live(true);
  s.onerror = () => live(false);
  s.addEventListener("call", e => changed(JSON.parse(e.data)));
  s.addEventListener("gone", e => gone(JSON.parse(e.data)));
}

function live(on) {
  $("live").textContent = on ? "live" : "reconnecting";
  $("live").classList.toggle("on", on);
}

function changed(c) {
  const p = filters();
  const known = state.rows.has(c.id);
  // What a number or a name matches, the server knows; a call that is listed stays.
  const fits = !p.has("q") && (!p.has("status") || (p.get("status") === "open") === (c.status !== "final")) &&
    (!p.has("outcome") || p.get("outcome") === c.outcome) && (!p.has("link") || c.links.includes(p.get("link")));
  if (known || fits) { state.rows.set(c.id, c); soon(c.id); } else if (p.has("q")) research();
  if (c.id === state.shown) show(c.id, true);
}

function gone(g) {
  state.rows.delete(g.gone);
  soon();
  if (g.gone === state.shown) {
    if (g.into) location.replace(address(g.into)); else location.hash = "#/";
  }
}

let drawing = 0;
function soon(id) { // many changes, one drawing
  if (!drawing) drawing = setTimeout(() => { drawing = 0; list(id); }, 60);
}
let later = 0;
function research() { clearTimeout(later); later = setTimeout(() => search(), 400); }

async function health() {
  try {
    const s = await json(`${base()}/health`);
    const why = (s.reasons || []).map(r => r.text).join(" ");
    $("health").hidden = !(s.state === "suspect");
    $("health").className = `banner ${s.state || ""}`;
    $("health").textContent = `The subscription looks wrong. ${why}`;
  } catch { /* the list says it */ }
}

// ---- one call

async function show(id, again) {
  const ask = ++show.n;
  try {
    const [res, svg] = await Promise.all([json(callPath(id)), text(`${callPath(id)}?format=svg`)]);
    if (ask !== show.n) return;
    if (res.id !== id) { location.replace(address(res.id)); return; }
    draw(res, svg, again);
  } catch (e) {
    if (ask === show.n) $("detail").replaceChildren(back(), h("h1", {}, "This call cannot be shown"), h("p", { class: "lead" }, e.message));
  }
}
show.n = 0;

const TABS = [["ladder", "Ladder"], ["legs", "Legs"], ["talks", "Talks"], ["events", "Events"], ["explain", "Explanation"]];

function draw(c, svg, again) {
  const d = $("detail"), top = d.scrollTop;
  // The drawing's rules are taken out before it is parsed: the page allows no inline style.
  let rules = "";
  const bare = svg.replace(/<style>([^<]*)<\/style>/g, (_, r) => { rules += r; return ""; });
  const doc = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
  doc.rules = rules;
  const title = doc.querySelector("title")?.textContent || c.id;
  document.title = `${title} \u00b7 Legwork`;
  const panel = h("div", { id: "panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` });
  d.replaceChildren(back(), h("h1", {}, title), lead(doc.querySelector("desc")?.textContent || ""), facts(c), actions(c), findings(c), tabs(c, doc, panel), panel);
  fill(c, doc, panel);
  if (again) d.scrollTop = top; else { d.scrollTop = 0; d.focus({ preventScroll: true }); }
}

const lead = t => h("p", { class: t.length > 300 ? "lead long" : "lead", title: t.length > 300 ? t : "" }, t);
const back = () => h("a", { class: "back", href: "#/" }, "\u2190 All calls");

function facts(c) {
  const talk = c.talks.filter(t => t.to && !t.uncertain).reduce((n, t) => n + (Date.parse(t.to) - Date.parse(t.from)), 0);
  const items = [h("span", { class: `tag ${c.status}` }, c.status), [h("b", {}, "began "), clock(c.startedAt, true)],
    c.endedAt ? [h("b", {}, "lasted "), span(Date.parse(c.endedAt) - Date.parse(c.startedAt))] : "still going on",
    talk ? [h("b", {}, "talk "), span(talk)] : null, `${c.legs.length} legs in ${c.sessions.length === 1 ? "1 session" : `${c.sessions.length} sessions`}`,
    c.legs.some(l => l.recordings.length) ? "recorded" : null];
  return h("ul", { class: "facts" }, ...items.filter(Boolean).map(i => h("li", {}, ...[i].flat())));
}

function actions(c) {
  const file = (format, name) => h("a", { href: `${API}${callPath(c.id)}?format=${format}&download=1`, download: "" }, name);
  return h("div", { class: "actions" },
    h("button", { onclick: async () => copy(await text(`${callPath(c.id)}?format=mermaid`), "Mermaid") }, "Copy Mermaid"),
    h("button", { onclick: () => copy(location.href, "Address") }, "Copy address"),
    file("vcon", "vCon"), file("json", "JSON"), file("svg", "SVG"), file("csv", "CSV of legs"));
}

async function copy(what, name) {
  try { await navigator.clipboard.writeText(what); say(`${name} copied`); } catch {
    const t = h("textarea", { class: "sr" }); t.value = what;
    document.body.append(t); t.select();
    say(document.execCommand("copy") ? `${name} copied` : "The browser does not let the page copy");
    t.remove();
  }
}

function findings(c) {
  if (!c.findings.length) return h("span", { hidden: "" });
  return h("ul", { class: "findings", "aria-label": "Findings" }, ...c.findings.map(f => h("li", {}, `${names.finding(f.kind)}: ${f.detail}`)));
}

function tabs(c, doc, panel) {
  return h("div", { class: "tabs", role: "tablist", "aria-label": "Views of the call" }, ...TABS.map(([id, name], i) => h("button", {
    role: "tab", id: `tab-${id}`, "aria-selected": String(id === state.tab), "aria-controls": "panel", tabindex: id === state.tab ? "0" : "-1",
    onclick: () => { state.tab = id; pick(); fill(c, doc, panel); },
    onkeydown: e => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      e.preventDefault(); e.stopPropagation();
      const next = $(`tab-${TABS[(i + step + TABS.length) % TABS.length][0]}`);
      next.click(); next.focus();
    },
  }, name)));
}

function pick() {
  for (const [id] of TABS) {
    $(`tab-${id}`).setAttribute("aria-selected", String(id === state.tab));
    $(`tab-${id}`).tabIndex = id === state.tab ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
}

async function fill(c, doc, panel) {
  const tab = state.tab;
  if (tab === "ladder") return panel.replaceChildren(links(c), ladder(c, doc));
  if (tab === "legs") return panel.replaceChildren(h("div", { class: "scroll" }, legGraph(c, i => evidence(c, i))), h("div", { class: "scroll" }, legTable(c)));
  if (tab === "talks") return panel.replaceChildren(h("div", { class: "scroll" }, talkTable(c)));
  try {
    const made = tab === "events" ? await eventList(c) : h("pre", {}, await text(`${callPath(c.id)}/explain`));
    if (state.tab === tab && panel.isConnected) panel.replaceChildren(made);
  } catch (e) { panel.replaceChildren(h("p", {}, e.message)); }
}

// ladder puts the drawing into a root of its own, with its rules as a sheet.
function ladder(c, doc) {
  const svg = document.importNode(doc, true);
  svg.setAttribute("role", "group");
  for (const g of svg.querySelectorAll("g.lw-link")) {
    g.setAttribute("tabindex", "0");
    g.setAttribute("role", "button");
    g.setAttribute("aria-label", `Why: ${g.querySelector("title")?.textContent || "link"}`);
    const open = () => evidence(c, Number(g.dataset.link), g);
    g.addEventListener("click", open);
    g.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); e.stopPropagation(); open(); } });
  }
  const host = h("div", { class: "scroll", id: "ladder" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(doc.rules + "\n.lw-link{cursor:pointer}.lw-link:focus-visible{outline:none}.lw-link:focus-visible path{stroke-width:4}.lw-link:focus-visible .lw-hit{stroke-width:16}");
  root.adoptedStyleSheets = [sheet];
  root.append(svg);
  return host;
}

function links(c) {
  if (!c.links.length) return h("span", { hidden: "" });
  return h("ol", { class: "links", "aria-label": "Links" }, ...c.links.map((l, i) => h("li", {}, h("button", { "data-link": String(i), onclick: e => evidence(c, i, e.currentTarget) },
    h("b", {}, names.link(l.kind)), " ", sentence(c, l), h("small", {}, `${span(Date.parse(l.at) - Date.parse(c.startedAt))} after the beginning \u00b7 ${names.basis(l.basis)} \u00b7 why?`)))));
}

const who = (c, id) => { const p = c.participants.find(p => p.id === id); return p ? p.name || p.numbers[0] || p.id : id; };

function legTable(c) {
  const letter = new Map(c.sessions.map((s, i) => [s.id, String.fromCharCode(65 + i % 26)]));
  return h("table", {}, h("thead", {}, h("tr", {}, ...["Session", "Who", "Roles", "From", "To", "Outcome", "Talk", "Ring", "Hold", "Ended"].map(t => h("th", { scope: "col" }, t)))),
    h("tbody", {}, ...c.legs.map(l => h("tr", {}, ...[letter.get(l.sessionId), who(c, l.participantId), l.roles.join(", "), l.from.number || "", l.to.number || "", l.outcome,
      l.talkMs ? span(l.talkMs) : "", l.ringMs ? span(l.ringMs) : "", l.holdMs ? span(l.holdMs) : "", l.end ? `${l.end.code}${l.end.reason ? ` (${l.end.reason})` : ""}` : ""].map(t => h("td", {}, t || ""))))));
}

function talkTable(c) {
  if (!c.talks.length) return h("p", {}, "Nobody talked.");
  const begun = Date.parse(c.startedAt);
  return h("table", {}, h("thead", {}, h("tr", {}, ...["From", "To", "Length", "Who could hear one another"].map(t => h("th", { scope: "col" }, t)))),
    h("tbody", {}, ...c.talks.map(t => h("tr", {}, h("td", {}, `+${span(Date.parse(t.from) - begun)}`), h("td", {}, t.to ? `+${span(Date.parse(t.to) - begun)}` : "goes on"),
      h("td", {}, t.to ? span(Date.parse(t.to) - Date.parse(t.from)) : ""),
      h("td", { class: "wrap" }, t.members.map(m => who(c, m.participantId) + (m.mode === "two-way" ? "" : ` (${m.mode})`)).join(", ") + (t.uncertain ? " \u2014 uncertain: an event is missing" : ""))))));
}

async function eventList(c) {
  const { events } = await json(`${callPath(c.id)}/events`);
  if (!events.length) return h("p", {}, "The raw notifications of this call have been removed.");
  return h("div", {}, ...events.map(e => rawEvent(e, c)));
}

function rawEvent(e, c, open) {
  const b = e.body?.body || e.body || {}, p = b.parties?.[0] || {};
  const who = p.direction === "Outbound" ? p.from : p.to;
  const what = [b.eventTime ? `+${span(Date.parse(b.eventTime) - Date.parse(c.startedAt))}` : "", `#${b.sequence ?? "?"}`, p.status?.code || "", p.status?.reason || "", who?.name || who?.phoneNumber || ""].filter(Boolean).join("  ");
  return h("details", open ? { open: "" } : {}, h("summary", {}, what), h("pre", {}, JSON.stringify(e.body, null, 2)));
}

// ---- evidence

async function evidence(c, i, opener) {
  const l = c.links[i], box = $("evidence");
  if (!l) return;
  state.opener = opener || document.activeElement;
  const events = h("div", {}, h("p", {}, "Loading the notifications\u2026"));
  const roles = Object.entries(l.roles || {}).flatMap(([r, ids]) => [h("dt", {}, names.role(r)), h("dd", {}, ids.map(id => who(c, id)).join(", "))]);
  box.replaceChildren(
    h("button", { class: "close", "aria-label": "Close", onclick: shut }, "\u00d7"),
    h("h2", { id: "evidence-title", tabindex: "-1" }, names.link(l.kind)),
    h("p", {}, sentence(c, l)),
    h("dl", {}, h("dt", {}, "When"), h("dd", {}, `${clock(l.at, true)}, ${span(Date.parse(l.at) - Date.parse(c.startedAt))} after the beginning`), ...roles,
      h("dt", {}, "How it is known"), h("dd", {}, names.basis(l.basis)), l.reason ? h("dt", {}, "RingCentral's reason") : null, l.reason ? h("dd", {}, l.reason) : null, h("dt", {}, "Rule"), h("dd", {}, l.rule)),
    h("h3", {}, l.evidence.length === 1 ? "The notification that says so" : `The ${l.evidence.length} notifications that say so`), events);
  box.hidden = false;
  $("evidence-title").focus();
  try {
    const all = (await json(`${callPath(c.id)}/events`)).events;
    const wanted = l.evidence.map(ev => all.find(e => e.uuid && e.uuid === ev.uuid) || all.find(e => (e.body?.body || e.body)?.telephonySessionId === ev.sessionId && (e.body?.body || e.body)?.sequence === ev.sequence));
    const found = wanted.filter(Boolean);
    events.replaceChildren(...found.map(e => rawEvent(e, c, true)), found.length < wanted.length ? h("p", {}, "Raw notifications that were removed by retention are not shown.") : "");
  } catch (e) { events.replaceChildren(h("p", {}, e.message)); }
}

function shut() {
  if ($("evidence").hidden) return false;
  $("evidence").hidden = true;
  if (state.opener?.isConnected) state.opener.focus(); else $("detail").focus();
  return true;
}

// ---- other things

let toasting = 0;
function say(what) {
  $("toast").textContent = what;
  $("toast").hidden = false;
  clearTimeout(toasting);
  toasting = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

function welcome(calls) {
  document.title = "Legwork";
  const hook = `${location.origin}/webhooks/${state.tenant}`;
  if (calls) {
    $("detail").replaceChildren(h("div", { class: "welcome" }, h("h1", {}, "Choose a call"), h("p", { class: "lead" }, "Press / to search, j and k to move through the list, Enter to open, Escape to go back.")));
    return;
  }
  $("detail").replaceChildren(h("div", { class: "welcome" }, h("h1", {}, "No calls yet"),
    h("p", {}, "Point a RingCentral subscription at this address; it must be reachable from outside, with TLS:"), h("pre", {}, hook),
    h("p", {}, "Or post a capture, one notification a line, from a terminal:"),
    h("pre", {}, `legwork replay events.ndjson --to ${hook} --token TOKEN`),
    h("p", {}, "or one notification with curl:"), h("pre", {}, `curl -H 'Verification-Token: TOKEN' --data-binary @event.json ${hook}`)));
}

async function problems() {
  const d = $("detail");
  try {
    const { problems } = await json(`${base()}/problems`);
    d.replaceChildren(back(), h("h1", {}, "What could not be decoded"), h("p", { class: "lead" }, "These were received and answered 200, are kept as they came, and are no notifications that Legwork understands."),
      ...(problems.length ? problems.map(p => h("details", {}, h("summary", {}, `${clock(p.received, true)}  ${p.problem}`), h("pre", {}, p.body))) : [h("p", {}, "Nothing: everything was understood.")]));
  } catch (e) { d.replaceChildren(back(), h("p", {}, e.message)); }
}

function route() {
  const m = location.hash.match(/^#\/t\/([^/]+)\/calls\/(.+)$/);
  shut();
  document.body.classList.toggle("one", Boolean(m) || location.hash === "#/problems");
  if (m && decodeURIComponent(m[1]) !== state.tenant && [...$("tenant").options].some(o => o.value === decodeURIComponent(m[1]))) choose(decodeURIComponent(m[1]));
  state.shown = m ? decodeURIComponent(m[2]) : null;
  for (const a of $("calls").querySelectorAll("a")) a.dataset.id === state.shown ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current");
  if (m) return show(state.shown);
  if (location.hash === "#/problems") return problems();
  if (state.listed) welcome(state.rows.size > 0 || [...filters().keys()].length > 0);
}

function choose(tenant) {
  state.tenant = tenant;
  $("tenant").value = tenant;
  state.rows.clear();
  state.listed = false; // it is not known yet whether there are calls
  search();
  listen();
  health();
}

function move(by) {
  const all = [...$("calls").querySelectorAll("a")];
  const at = all.findIndex(a => a === document.activeElement);
  const from = at >= 0 ? at : all.findIndex(a => a.dataset.id === state.shown);
  all[Math.max(0, Math.min(all.length - 1, from + by))]?.focus();
}

document.addEventListener("keydown", e => {
  if (e.key === "Escape") {
    if (shut()) return;
    if (document.activeElement === $("q")) { $("q").value = ""; search(); $("q").blur(); return; }
    if (location.hash !== "#/" && location.hash !== "") location.hash = "#/";
    return;
  }
  if (e.target.closest("input, select, textarea") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "/") { e.preventDefault(); location.hash = innerWidth <= 800 ? "#/" : location.hash; $("q").focus(); $("q").select(); }
  if (e.key === "j") move(1);
  if (e.key === "k") move(-1);
  if (e.target.closest("#calls") && (e.key === "ArrowDown" || e.key === "ArrowUp")) { e.preventDefault(); move(e.key === "ArrowDown" ? 1 : -1); }
});
let typing = 0;
$("q").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => search(), 180); });
$("search").addEventListener("submit", e => { e.preventDefault(); search(); $("calls").querySelector("a")?.focus(); });
for (const id of ["status", "link", "outcome", "since"]) $(id).addEventListener("change", () => search());
$("older").addEventListener("click", () => search(true));
$("tenant").addEventListener("change", () => { location.hash = "#/"; choose($("tenant").value); });
window.addEventListener("hashchange", route);
for (const k of KINDS) $("link").append(h("option", { value: k }, names.link(k)));
for (const o of OUTCOMES) $("outcome").append(h("option", { value: o }, o));

const { tenants } = await json("/tenants").catch(e => {
  $("detail").replaceChildren(h("h1", {}, "Calls cannot be shown now"), h("p", { class: "lead" }, e.message));
  throw e;
});
for (const t of tenants) $("tenant").append(h("option", { value: t.name }, t.name));
$("tenant").parentElement.hidden = tenants.length < 2;
if (tenants.length) {
  const asked = location.hash.match(/^#\/t\/([^/]+)\//)?.[1];
  choose(tenants.some(t => t.name === decodeURIComponent(asked || "")) ? decodeURIComponent(asked) : tenants[0].name);
  route();
  setInterval(health, 30000);
} else {
  $("detail").replaceChildren(h("div", { class: "welcome" }, h("h1", {}, "No tenant yet"), h("pre", {}, "legwork tenants add NAME")));
  live(false);
}
