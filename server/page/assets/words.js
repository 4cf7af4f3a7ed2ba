// Words and small things that the views share.

// h makes an element. Texts become text nodes; null is left out.
export function h(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (typeof v === "function") e.addEventListener(k.slice(2), v); else e.setAttribute(k, v);
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined));
  return e;
}

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

// clock writes an instant; that of today without its day.
export function clock(iso, full) {
  const d = new Date(iso);
  if (isNaN(d)) return "";
  if (full) return whole.format(d);
  return d.toDateString() === new Date().toDateString() ? time.format(d) : `${day.format(d)} ${time.format(d)}`;
}

// span writes a length of time in milliseconds.
export function span(ms) {
  if (ms < 0) return `-${span(-ms)}`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

const LINKS = {
  "transfer.attended": "attended transfer", "transfer.blind": "blind transfer", forward: "forward", "conference.merge": "conference merge", supervise: "supervision",
  takeover: "takeover", park: "park", pickup: "pickup", route: "route", hunt: "hunt", switch: "device switch", flip: "flip", ringout: "RingOut", peer: "joined",
};
const ROLES = { transferTarget: "transfer target", parked: "parked party" };
const BASES = { "both-ends": "stated by both ends", "one-end": "stated by one end; the other was not seen", "same-session": "stated inside one session", inferred: "inferred from times and numbers, not stated" };

export const names = {
  link: k => LINKS[k] || k,
  role: r => ROLES[r] || r,
  basis: b => BASES[b] || b,
  finding: f => f.replaceAll("-", " "),
};

// sentence says who did what in a link.
export function sentence(c, l) {
  const of = r => (l.roles?.[r] || []).map(id => { const p = c.participants.find(p => p.id === id); return p ? p.name || p.numbers[0] || p.id : id; }).join(" and ");
  const a = of("transferor"), b = of("transferee"), t = of("transferTarget");
  switch (l.kind) {
    case "transfer.attended": case "transfer.blind": return `${a || "Somebody"} handed ${b || "the other party"} over to ${t || "somebody"}`;
    case "conference.merge": return `${of("host") || "The host"} brought ${of("conferee") || "others"} together`;
    case "supervise": return `${of("supervisor") || "A supervisor"} joined ${of("agent") || "an agent"}`;
    case "takeover": return `${of("supervisor") || "A supervisor"} took the call over from ${of("agent") || "an agent"}`;
    case "park": return `${of("parker") || "Somebody"} parked ${of("parked") || "the call"}`;
    case "pickup": return `${of("retriever") || "Somebody"} picked ${of("parked") || "the call"} up`;
    case "hunt": return `${of("queue") || "A queue"} rang ${of("agent") || "an agent"}`;
    case "switch": case "flip": return `${of("mover") || "Somebody"} moved the call to another device`;
  }
  return Object.entries(l.roles || {}).map(([r]) => `${names.role(r)} ${of(r)}`).join(", ");
}
