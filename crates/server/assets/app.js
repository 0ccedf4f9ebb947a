// What the page does beyond its form: answers as one types, keys, the histogram, copying, the reading list.
"use strict";

const ASSETS = new URL(".", document.currentScript.src);
const byId = (id) => document.getElementById(id);
const form = byId("ask"), field = byId("q"), results = byId("results"), said = byId("said");
const cards = () => [...results.querySelectorAll(".cards > .card")];
const say = (text) => { said.textContent = ""; requestAnimationFrame(() => { said.textContent = text; }); };

// --- answers as one types -------------------------------------------------------------------------------------------------
let running = null, waiting = 0;

function wanted() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) asked.append(name, value);
  return asked;
}

async function show(asked, keep) {
  running?.abort();
  running = new AbortController();
  const query = asked.toString();
  try {
    const answer = await fetch("/results?" + query, { signal: running.signal, headers: { Accept: "text/html" } });
    results.innerHTML = await answer.text();
    if (keep === "push") history.pushState(null, "", query ? "/?" + query : "/");
    if (keep === "replace") history.replaceState(null, "", query ? "/?" + query : "/");
    const question = asked.get("q");
    byId("to-map").href = question ? "/map?" + new URLSearchParams({ q: question }) : "/map";
    document.title = question ? question + " · semsearch" : "semsearch";
    saved();
    set(results);
    const heading = results.querySelector(".heading");
    if (heading) say(heading.textContent);
    mark(asked, running.signal).catch(() => {});
  } catch (error) {
    if (error.name !== "AbortError") say("The server does not answer.");
  }
}

// Which words and which sentence: that takes longer than the papers, so it comes after them, once nothing more is typed.
async function mark(asked, signal) {
  await new Promise((done) => setTimeout(done, 150));
  if (signal.aborted || !asked.get("q") || cards().length === 0) return;
  const why = new URLSearchParams(asked);
  why.set("explain", "1");
  const answer = await fetch("/results?" + why, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) { answer.body?.cancel(); return; }
  const marked = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const card of cards()) {
    const other = marked.getElementById(card.id);
    if (other?.dataset.id !== card.dataset.id) continue;
    // What has the focus stays: only texts change.
    for (const part of [".title a", ".abstract", ".why"]) {
      const [here, there] = [card.querySelector(part), other.querySelector(part)];
      if (here && there) here.replaceChildren(...there.childNodes);
    }
  }
  await set(results);
  unfold();
}

// An abstract shows its first lines; one whose answer stands below them is shown whole.
function unfold() {
  for (const card of cards()) {
    const text = card.querySelector(".abstract"), answer = text?.querySelector("mark");
    if (answer && answer.getBoundingClientRect().bottom > text.getBoundingClientRect().bottom + 1) card.classList.add("is-whole");
  }
}

// --- formulas ---------------------------------------------------------------------------------------------------------------
// KaTeX comes with the first formula. Until then, and where it cannot read one, the TeX itself stands there.
let katexComing = null;

function fetchKatex() {
  return katexComing ??= new Promise((done, failed) => {
    const style = document.createElement("link"), script = document.createElement("script");
    Object.assign(style, { rel: "stylesheet", href: new URL("katex/katex.min.css", ASSETS) });
    Object.assign(script, { src: new URL("katex/katex.min.js", ASSETS), onload: done, onerror: failed });
    document.head.append(style, script);
  });
}

async function set(where) {
  const formulas = [...where.querySelectorAll(".tex:not(.is-set)")];
  if (formulas.length === 0) return;
  try { await fetchKatex(); } catch { katexComing = null; return; }
  for (const formula of formulas) {
    const text = formula.textContent, sign = /^(\$\$|\\\[|\\\(|\$)/.exec(text)?.[0];
    if (!sign || formula.classList.contains("is-set")) continue;
    const tex = text.slice(sign.length, -sign.length), set = document.createElement("span");
    // A macro that KaTeX does not know stands there as it is; what is no TeX at all stays a text.
    const options = { displayMode: false, errorColor: "currentColor", strict: "ignore", maxSize: 20, maxExpand: 500 };
    try { katex.render(tex, set, { ...options, throwOnError: true }); } catch (error) {
      if (!/Undefined control sequence/.test(error.message)) continue;
      try { katex.render(tex, set, { ...options, throwOnError: false }); } catch { continue; }
    }
    formula.classList.add("is-set");
    formula.title = tex;
    formula.replaceChildren(set);
  }
}

// The form follows the address: its filters are hidden fields.
function follow(asked) {
  field.value = asked.get("q") ?? "";
  byId("mode").value = asked.get("mode") ?? "";
  for (const hidden of form.querySelectorAll("input[type=hidden]")) hidden.remove();
  for (const [name, value] of asked) {
    if (["q", "mode", "offset"].includes(name)) continue;
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name, value });
    form.append(hidden);
  }
}

function go(asked, keep = "push") { follow(asked); return show(asked, keep); }

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => show(wanted(), "replace"), 60);
});
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); show(wanted(), "push"); });
byId("mode").addEventListener("change", () => show(wanted(), "push"));
addEventListener("popstate", () => {
  if (location.pathname === "/") go(new URLSearchParams(location.search), ""); else location.reload();
});

// Links to other searches stay on the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || to.pathname !== "/" || !results.querySelector(".sidebar, .found:not(.single)")) return;
  event.preventDefault();
  go(to.searchParams).then(() => scrollTo(0, 0));
});

// --- years: draw over several -----------------------------------------------------------------------------------------------
let drawn = null;
const yearAt = (event) => {
  const bar = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-year]");
  return bar ? Number(bar.dataset.year) : null;
};
results.addEventListener("dragstart", (event) => { if (event.target.closest("[data-years]")) event.preventDefault(); });
results.addEventListener("pointerdown", (event) => {
  const year = event.target.closest("[data-years]") && yearAt(event);
  drawn = year ? { from: year, to: year } : null;
});
addEventListener("pointermove", (event) => {
  if (!drawn) return;
  drawn.to = yearAt(event) ?? drawn.to;
  const [from, to] = [Math.min(drawn.from, drawn.to), Math.max(drawn.from, drawn.to)];
  for (const bar of results.querySelectorAll("[data-year]")) bar.classList.toggle("drawn", bar.dataset.year >= from && bar.dataset.year <= to);
});
addEventListener("pointerup", () => {
  if (drawn && drawn.from !== drawn.to) {
    const asked = wanted();
    asked.set("year", Math.min(drawn.from, drawn.to) + ".." + Math.max(drawn.from, drawn.to));
    go(asked);
    // The click that follows is not one on a bar.
    addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); }, { capture: true, once: true });
    setTimeout(() => { drawn = null; }, 0);
  }
  drawn = null;
});

// --- keys ---------------------------------------------------------------------------------------------------------------------
function move(by) {
  const all = cards(), at = all.findIndex((card) => card.classList.contains("here"));
  const to = Math.max(-1, Math.min(all.length - 1, at + by));
  all[at]?.classList.remove("here");
  if (to < 0) { field.focus(); return; }
  all[to].classList.add("here");
  all[to].querySelector("a.open").focus();
  all[to].scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (byId("reading").open || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing) { event.preventDefault(); field.focus(); field.select(); }
  else if (event.key === "ArrowDown" && !event.target.matches("select")) { event.preventDefault(); move(1); }
  else if (event.key === "ArrowUp" && !typing) { event.preventDefault(); move(-1); }
  else if (event.key === "Escape") {
    if (event.target === field && field.value) { event.preventDefault(); field.value = ""; show(wanted(), "push"); }
    else if (location.pathname !== "/") history.back();
    else { cards().forEach((card) => card.classList.remove("here")); field.focus(); }
  }
});

// --- copying --------------------------------------------------------------------------------------------------------------------
async function copy(text, what) {
  try { await navigator.clipboard.writeText(text); say(what + " copied"); return true; }
  catch { say("The browser does not let this page copy."); return false; }
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy) {
    const answer = await fetch(button.dataset.copy);
    if (answer.ok && await copy(await answer.text(), "BibTeX")) flash(button, "Copied");
  } else if (button.dataset.link && await copy(button.dataset.link, "Link")) flash(button, "Copied");
});
function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 1200);
}

// --- the reading list, kept in this browser -----------------------------------------------------------------------------------
const KEY = "semsearch.reading";
function list() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept.filter((paper) => typeof paper?.id === "string") : [];
  } catch { return []; }
}
function keep(papers) {
  try { localStorage.setItem(KEY, JSON.stringify(papers)); } catch { say("The browser does not let this page keep a list."); }
  saved();
}
function saved() {
  const papers = list(), ids = new Set(papers.map((paper) => paper.id));
  byId("listed").textContent = papers.length;
  for (const button of document.querySelectorAll("[data-save]")) {
    const is = ids.has(button.closest("[data-id]").dataset.id);
    button.setAttribute("aria-pressed", is);
    button.textContent = is ? "Saved" : "Save";
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save]");
  if (!button) return;
  const { id, title } = button.closest("[data-id]").dataset, papers = list();
  keep(papers.some((paper) => paper.id === id) ? papers.filter((paper) => paper.id !== id) : [...papers, { id, title }]);
});
const address = (id) => "/papers/" + encodeURIComponent(id);
function draw() {
  const papers = list();
  byId("none").hidden = papers.length > 0;
  byId("read").replaceChildren(...papers.map(({ id, title }) => {
    const item = document.createElement("li"), link = document.createElement("a"), remove = document.createElement("button");
    link.href = address(id);
    link.textContent = title || id;
    remove.type = "button";
    remove.textContent = "remove";
    remove.setAttribute("aria-label", "Remove " + (title || id));
    remove.addEventListener("click", () => { keep(list().filter((paper) => paper.id !== id)); draw(); });
    item.append(link, " ", remove);
    return item;
  }));
  const like = new URLSearchParams(papers.map(({ id }) => ["like", id]));
  byId("more-like").href = "/?" + like;
  byId("more-like").hidden = papers.length === 0;
}
byId("list").addEventListener("click", () => { draw(); byId("reading").showModal(); });
byId("close").addEventListener("click", () => byId("reading").close());
byId("more-like").addEventListener("click", () => byId("reading").close());
byId("empty").addEventListener("click", () => { keep([]); draw(); });
async function exported(ids, format) {
  const body = JSON.stringify({ ids, format });
  return fetch("/api/papers", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}
for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", async () => {
    const format = button.dataset.export, missing = new Set();
    let ids = list().map(({ id }) => id);
    let answer = ids.length > 0 && await exported(ids, format);
    if (answer && answer.status === 404) {
      for (const id of (await answer.json()).missing ?? []) missing.add(id);
      ids = ids.filter((id) => !missing.has(id));
      answer = ids.length > 0 && await exported(ids, format);
    }
    if (!answer) { say("There is nothing to export."); return; }
    if (!answer.ok) { say((await answer.json()).detail); return; }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = "reading-list." + { bibtex: "bib", ris: "ris", csl: "json" }[format];
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    const gone = missing.size === 0 ? "" : "; " + missing.size + (missing.size === 1 ? " is" : " are") + " no longer in the collection";
    say(ids.length + (ids.length === 1 ? " paper" : " papers") + " exported" + gone);
  });
}
addEventListener("storage", saved);
saved();
set(document);
running = new AbortController();
mark(new URLSearchParams(location.search), running.signal).catch(() => {});
