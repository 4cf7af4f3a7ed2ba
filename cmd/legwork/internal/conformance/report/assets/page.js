"use strict";
// The filter of the cases. Without JavaScript all of them are shown.
(function () {
  const form = document.querySelector(".filters");
  if (form) {
    const text = document.getElementById("text"), kind = document.getElementById("class"), where = document.getElementById("level"), shown = document.getElementById("shown");
    const apply = function () {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const level of document.querySelectorAll(".level")) {
        let any = false;
        const right = !where.value || where.value === level.dataset.level;
        for (const area of level.querySelectorAll("tbody")) {
          let some = false;
          for (const row of area.querySelectorAll("tr.case")) {
            const said = row.dataset.search.toLowerCase();
            const ok = right && words.every((w) => said.includes(w)) && (!kind.value || row.dataset.classes.split(" ").includes(kind.value));
            row.hidden = !ok;
            if (ok) { some = true; n++; }
          }
          area.hidden = !some;
          any = any || some;
        }
        level.hidden = !any;
      }
      shown.textContent = n + (n === 1 ? " case" : " cases");
      document.querySelector(".none").hidden = n > 0;
    };
    form.hidden = false;
    // The choice stands in the address, so that going back finds it again.
    const keep = function () {
      const q = new URLSearchParams();
      for (const [name, el] of [["text", text], ["class", kind], ["level", where]]) if (el.value) q.set(name, el.value);
      history.replaceState(null, "", "#" + (q.size ? "?" + q : ""));
    };
    if (location.hash.startsWith("#?")) {
      const q = new URLSearchParams(location.hash.slice(2));
      text.value = q.get("text") || ""; kind.value = q.get("class") || ""; where.value = q.get("level") || "";
    }
    form.addEventListener("input", () => { apply(); keep(); });
    form.addEventListener("submit", (e) => e.preventDefault());
    for (const a of document.querySelectorAll("a.filter")) {
      a.hidden = false;
      a.addEventListener("click", function (e) {
        e.preventDefault();
        text.value = a.dataset.text; kind.value = ""; where.value = "";
        apply(); keep();
        document.getElementById("cases").scrollIntoView();
        text.focus({ preventScroll: true });
      });
    }
    apply();
  }
  // What was sent, indented when it is opened.
  for (const d of document.querySelectorAll("details")) {
    d.addEventListener("toggle", function () {
      const pre = d.querySelector("pre.body");
      if (!pre || pre.dataset.done) return;
      pre.dataset.done = "yes";
      try { pre.textContent = JSON.stringify(JSON.parse(pre.textContent), null, 2); } catch (e) { /* as it was sent */ }
    });
  }
  // Lines that only one of the two sides has.
  const a = document.querySelector('[data-side="expected"]'), b = document.querySelector('[data-side="seen"]');
  if (a && b) {
    const lines = (p) => p.textContent.split("\n");
    const trim = (l) => l.trim().replace(/,$/, "");
    const mark = function (pre, mine, other) {
      const has = new Map();
      for (const l of other) has.set(trim(l), (has.get(trim(l)) || 0) + 1);
      pre.textContent = "";
      for (const l of mine) {
        const n = has.get(trim(l)) || 0;
        const el = document.createElement(n > 0 || !/[\w]/.test(l) ? "span" : "mark");
        if (n > 0) has.set(trim(l), n - 1);
        el.textContent = l;
        pre.append(el, "\n");
      }
    };
    const x = lines(a), y = lines(b);
    mark(a, x, y);
    mark(b, y, x);
  }
  for (const c of document.querySelectorAll(".copy")) {
    const button = c.querySelector("button");
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(c.querySelector("code").textContent).then(() => { button.textContent = "Copied"; });
    });
  }
})();
