// The map: papers as points on a canvas. The page of the server asks the server for them; a file to send carries them itself.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const canvas = byId("map-canvas"), view = byId("map-view"), tip = byId("map-tip"), said = byId("map-said");
  const status = byId("map-status"), legend = byId("map-legend"), list = byId("map-list"), colour = byId("map-colour");
  const form = byId("ask"), carried = byId("map-data");
  const dark = matchMedia("(prefers-color-scheme: dark)"), still = matchMedia("(prefers-reduced-motion: reduce)");
  const pen = canvas.getContext("2d", { alpha: false });
  const WEB = /^https?:\/\//i, TIP_NEAR = 14, MOST_ZOOM = 60, RESULTS = 50;

  // Colours that are told apart on white and on black, also by most who see few colours.
  const GROUPS = [
    ["#1f6fd6", "#6aa9ff"], ["#d9480f", "#ff9a5c"], ["#0a8f6c", "#3fd0a4"], ["#a13fc4", "#d597f2"], ["#b58900", "#e6c34a"],
    ["#c2255c", "#ff86ad"], ["#0b8fa8", "#58cfe4"], ["#5c7c0e", "#a9cf52"], ["#7a4b2b", "#cf9f7d"], ["#5146c7", "#a39bff"],
    ["#8a1f1f", "#f08b8b"], ["#3b6b52", "#8fc4a8"],
  ];
  const REST = ["#8a909c", "#767d8a"];
  // From old to new.
  const YEARS = [["#443983", "#4b54c9"], ["#31688e", "#3c8cc4"], ["#21918c", "#36b9b0"], ["#35b779", "#7fd86a"], ["#c99a00", "#fde725"]];

  let map = null, n = 0, size = [0, 0], ratio = 1, base = 1, scale = 1, left = 0, top_ = 0;
  let group = new Uint8Array(0), groups = [], only = -1, lit = null, here = -1, pixels = null, drawn = false, moving = null;
  const titles = new Map(), grid = { side: 128, starts: null, points: null };

  // --- data ---------------------------------------------------------------------------------------------------------------
  async function load() {
    if (carried) return JSON.parse(carried.textContent);
    for (;;) {
      const answer = await fetch("/api/map", { headers: { Accept: "application/json" } });
      const body = await answer.json();
      if (answer.status === 200) return body;
      if (answer.status !== 202) throw new Error(body.detail || "the server does not answer");
      tell(body.share > 0 ? `The map is being made: ${Math.floor(body.share * 100)} %.` : "The map is being made.");
      await new Promise((done) => setTimeout(done, 700));
    }
  }

  function tell(text) { status.textContent = text; }
  function say(text) { said.textContent = text; }
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const name = (region) => region.terms.join(", ") || "other papers";

  function index() {
    const { side } = grid, cell = (at) => (map.papers.y[at] * side >> 16) * side + (map.papers.x[at] * side >> 16);
    grid.starts = new Uint32Array(side * side + 1);
    grid.points = new Uint32Array(n);
    for (let at = 0; at < n; at++) grid.starts[cell(at) + 1]++;
    for (let at = 0; at < side * side; at++) grid.starts[at + 1] += grid.starts[at];
    const next = grid.starts.slice();
    for (let at = 0; at < n; at++) grid.points[next[cell(at)]++] = at;
  }

  // The paper nearest to a place on the screen, within a distance.
  function nearest(x, y, within) {
    const { side } = grid, cell = (u) => Math.max(0, Math.min(side - 1, Math.floor(u * side / 65536)));
    const reach = within / scale, u = (x - left) / scale, v = (y - top_) / scale;
    let best = -1, least = reach * reach;
    for (let row = cell(v - reach); row <= cell(v + reach); row++) {
      for (let at = grid.starts[row * side + cell(u - reach)]; at < grid.starts[row * side + cell(u + reach) + 1]; at++) {
        const point = grid.points[at], dx = map.papers.x[point] - u, dy = map.papers.y[point] - v;
        const far = dx * dx + dy * dy;
        if (far < least && shown(point)) [best, least] = [point, far];
      }
    }
    return best;
  }

  const shown = (at) => only < 0 || group[at] === only;

  // --- colours ------------------------------------------------------------------------------------------------------------
  function regroup() {
    const by = colour.value;
    group = new Uint8Array(n);
    only = -1;
    if (by === "year") {
      const known = map.papers.year.filter((year) => year !== null).sort((a, b) => a - b);
      // A single paper of 1898 must not make all others one colour.
      const first = known[Math.floor(known.length * 0.03)] ?? 0, last = known[known.length - 1] ?? 0;
      const span = Math.max(1, Math.min(YEARS.length, last - first + 1)), bounds = [];
      for (let at = 0; at < span; at++) bounds.push(first + Math.ceil((last - first + 1) * at / span));
      groups = bounds.map((from, at) => {
        const to = at + 1 < span ? bounds[at + 1] - 1 : last;
        const label = at === 0 && known[0] < from ? `up to ${to}` : from === to ? `${from}` : `${from}–${to}`;
        return { name: label, colours: YEARS[span === 1 ? 2 : Math.round(at * (YEARS.length - 1) / (span - 1))], papers: 0 };
      });
      groups.push({ name: "no year", colours: REST, papers: 0 });
      map.papers.year.forEach((year, at) => {
        let place = span;
        if (year !== null) for (place = span - 1; place > 0 && year < bounds[place];) place--;
        group[at] = place;
      });
    } else if (by === "category") {
      const counts = new Map();
      for (const code of map.papers.category) if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
      const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, GROUPS.length).map(([code]) => code);
      groups = most.map((code, at) => ({ name: map.categories[code], colours: GROUPS[at], papers: 0 }));
      groups.push({ name: "other or none", colours: REST, papers: 0 });
      map.papers.category.forEach((code, at) => { const place = most.indexOf(code); group[at] = place < 0 ? most.length : place; });
    } else {
      const coarse = map.regions.map((region, at) => region.parent ?? at);
      const most = map.regions.flatMap((region, at) => region.parent === null ? [at] : []);
      groups = most.map((at, place) => ({ name: name(map.regions[at]), colours: GROUPS[place % GROUPS.length], papers: 0, region: at }));
      map.papers.region.forEach((region, at) => { group[at] = most.indexOf(coarse[region]); });
    }
    for (const place of group) groups[place].papers++;
    legend.replaceChildren(...groups.flatMap((one, place) => one.papers ? [entry(one, place)] : []));
  }

  function entry(one, place) {
    const button = document.createElement("button"), swatch = document.createElement("span");
    button.type = "button";
    button.setAttribute("aria-pressed", String(only === place));
    swatch.className = "swatch";
    swatch.style.background = one.colours[dark.matches ? 1 : 0];
    const count = document.createElement("span");
    count.className = "count";
    count.textContent = one.papers.toLocaleString("en");
    const text = document.createElement("span");
    text.className = "what";
    text.textContent = one.name;
    button.append(swatch, text, count);
    button.addEventListener("click", () => {
      only = only === place ? -1 : place;
      for (const other of legend.children) other.setAttribute("aria-pressed", String(other === button && only >= 0));
      say(only < 0 ? "All papers." : `${plural(one.papers, "paper")}: ${one.name}.`);
      draw();
    });
    return button;
  }

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const styled = (property) => getComputedStyle(view).getPropertyValue(property).trim();

  // --- drawing ------------------------------------------------------------------------------------------------------------
  // A dot as the pixels it covers, each with how much of it.
  function dot(radius) {
    const reach = Math.ceil(radius), cover = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const share = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
        if (share > 0.03) cover.push([x, y, Math.round(share * 256)]);
      }
    }
    return { reach, cover };
  }

  const zoom = () => scale / base;
  const radius = () => Math.max(0.8, Math.min(5, Math.sqrt(size[0] * size[1] / Math.max(n, 1)) * 0.16)) * Math.min(3, Math.sqrt(zoom()));

  function draw() {
    if (drawn || !map) return;
    drawn = true;
    requestAnimationFrame(() => { drawn = false; paint(); });
  }

  function paint() {
    const [width, height] = [canvas.width, canvas.height];
    if (!width || !height) return;
    const ground = rgb(styled("--map-ground")), ink = styled("--map-ink"), side = dark.matches ? 1 : 0;
    if (!pixels || pixels.width !== width || pixels.height !== height) pixels = pen.createImageData(width, height);
    const data = pixels.data, words = new Uint32Array(data.buffer);
    words.fill(255 << 24 | ground[2] << 16 | ground[1] << 8 | ground[0]);
    const full = groups.map((one) => rgb(one.colours[side]));
    const faint = full.map((one) => one.map((part, at) => Math.round(ground[at] + (part - ground[at]) * (lit ? 0.22 : 0.14))));
    const plain = dot(radius() * ratio);
    // What is not meant lies below.
    if (only >= 0 || lit) stamp(plain, faint, (at) => !(shown(at) && (!lit || lit.rank[at])));
    stamp(plain, full, (at) => shown(at) && !lit);
    if (lit) stamp(dot(Math.max(3.2, radius() * 1.5) * ratio), full, (at) => shown(at) && lit.rank[at]);
    pen.putImageData(pixels, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (lit) rings(ink);
    labels(ink);
    if (here >= 0) ring(here, radius() + 5, ink, 2.5);
    pen.setTransform(1, 0, 0, 1, 0, 0);

    function stamp({ reach, cover }, colours, wanted) {
      const { x, y } = map.papers, s = scale * ratio, dx = left * ratio, dy = top_ * ratio;
      for (let at = 0; at < n; at++) {
        const px = Math.round(x[at] * s + dx), py = Math.round(y[at] * s + dy);
        if (px < -reach || py < -reach || px >= width + reach || py >= height + reach || !wanted(at)) continue;
        const [r, g, b] = colours[group[at]], word = 255 << 24 | b << 16 | g << 8 | r;
        const inside = px >= reach && py >= reach && px < width - reach && py < height - reach;
        for (const [ox, oy, share] of cover) {
          if (!inside && (px + ox < 0 || py + oy < 0 || px + ox >= width || py + oy >= height)) continue;
          const place = (py + oy) * width + px + ox;
          if (share === 256) { words[place] = word; continue; }
          const byte = place * 4;
          data[byte] += (r - data[byte]) * share >> 8;
          data[byte + 1] += (g - data[byte + 1]) * share >> 8;
          data[byte + 2] += (b - data[byte + 2]) * share >> 8;
        }
      }
    }
  }

  function ring(at, wide, ink, line) {
    pen.beginPath();
    pen.arc(map.papers.x[at] * scale + left, map.papers.y[at] * scale + top_, wide, 0, 2 * Math.PI);
    pen.strokeStyle = ink;
    pen.lineWidth = line;
    pen.stroke();
  }

  // The best answers have a ring, so that colour is not all that tells them.
  function rings(ink) {
    lit.hits.slice(0, 20).filter(shown).forEach((at) => ring(at, Math.max(3.2, radius() * 1.5) + 2, ink, 1.4));
  }

  // Names of regions: coarse ones at first, those within them from a certain zoom on; the larger region keeps its place.
  function labels(ink) {
    const taken = [], halo = styled("--map-ground"), fine = zoom() >= 2;
    const divided = new Set(map.regions.map((region) => region.parent).filter((parent) => parent !== null));
    const family = getComputedStyle(document.body).fontFamily;
    const wanted = map.regions.flatMap((region, at) => (fine ? divided.has(at) : region.parent !== null) ? [] : [region]);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    function placed(lines, x, y) {
      const widths = lines.map(([text, font]) => { pen.font = font; return pen.measureText(text).width; });
      const half = Math.max(...widths) / 2 + 5, high = lines.reduce((sum, [, , line]) => sum + line, 0) / 2 + 3;
      if (x + half < 0 || x - half > size[0] || y + high < 0 || y - high > size[1]) return null;
      // A name at the edge moves inside.
      const cx = Math.max(half + 2, Math.min(size[0] - half - 2, x)), cy = Math.max(high + 2, Math.min(size[1] - high - 2, y));
      const box = [cx - half, cy - high, cx + half, cy + high];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return null;
      taken.push(box);
      return { lines, cx, cy, high };
    }
    const most = Math.max(6, Math.floor(size[0] * size[1] / 18000));
    for (const region of wanted.sort((a, b) => b.papers - a.papers)) {
      if (!region.papers || !region.terms.length || taken.length >= most) continue;
      const x = region.x * scale + left, y = region.y * scale + top_;
      const [first, ...others] = region.terms;
      const all = [[first, `600 13px ${family}`, 15], [others.join(" · "), `11.5px ${family}`, 14]];
      // A name that would lie on another is shown without its second line, or not at all.
      const fits = [all.slice(0, others.length ? 2 : 1), all.slice(0, 1)].map((lines) => placed(lines, x, y)).find((found) => found);
      if (!fits) continue;
      const { lines, cx, cy, high } = fits;
      let line = cy - high + 3;
      for (const [text, font, tall] of lines) {
        pen.font = font;
        pen.lineWidth = 4;
        pen.strokeStyle = halo;
        pen.globalAlpha = 0.85;
        pen.strokeText(text, cx, line + tall / 2);
        pen.globalAlpha = 1;
        pen.fillStyle = ink;
        pen.fillText(text, cx, line + tall / 2);
        line += tall;
      }
    }
  }

  // --- moving -------------------------------------------------------------------------------------------------------------
  function fit() {
    ratio = Math.min(2, devicePixelRatio || 1);
    const box = view.getBoundingClientRect(), before = size, was = zoom();
    size = [box.width, box.height];
    canvas.width = Math.round(size[0] * ratio);
    canvas.height = Math.round(size[1] * ratio);
    const [width, height] = extent();
    base = Math.min(size[0] / width, size[1] / height);
    if (before[0] && was > 1.01) {
      const [u, v] = [(before[0] / 2 - left) / scale, (before[1] / 2 - top_) / scale];
      scale = base * was;
      [left, top_] = [size[0] / 2 - u * scale, size[1] / 2 - v * scale];
    } else whole();
    draw();
  }

  // The part of the square that papers take, with room around it.
  let bounds = null;
  function extent() {
    if (!bounds) {
      bounds = [65535, 65535, 0, 0];
      for (let at = 0; at < n; at++) {
        const x = map.papers.x[at], y = map.papers.y[at];
        bounds = [Math.min(bounds[0], x), Math.min(bounds[1], y), Math.max(bounds[2], x), Math.max(bounds[3], y)];
      }
    }
    return [0, 1].map((axis) => Math.max(4000, (bounds[axis + 2] - bounds[axis]) * 1.07));
  }

  const wholeView = () => [base, size[0] / 2 - (bounds[0] + bounds[2]) / 2 * base, size[1] / 2 - (bounds[1] + bounds[3]) / 2 * base];
  function whole() { [scale, left, top_] = wholeView(); }

  function zoomed(by, x, y) {
    const next = Math.max(base * 0.8, Math.min(base * MOST_ZOOM, scale * by)), share = next / scale;
    return [next, x - (x - left) * share, y - (y - top_) * share];
  }

  function go(to, slowly) {
    cancelAnimationFrame(moving);
    hide();
    if (!slowly || still.matches) { [scale, left, top_] = to; draw(); return; }
    const from = [scale, left, top_], begun = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - begun) / 220)), eased = share * (2 - share);
      [scale, left, top_] = from.map((start, at) => start + (to[at] - start) * eased);
      paint();
      if (share < 1) moving = requestAnimationFrame(step); else if (here >= 0) showTip(here);
    };
    moving = requestAnimationFrame(step);
  }

  const centred = (at, least) => {
    const next = Math.max(scale, base * least);
    return [next, size[0] / 2 - map.papers.x[at] * next, size[1] / 2 - map.papers.y[at] * next];
  };

  // --- a paper ------------------------------------------------------------------------------------------------------------
  function titleOf(at) {
    if (map.papers.title) return map.papers.title[at] || map.papers.id[at];
    return titles.get(at);
  }

  async function askTitle(at) {
    if (titleOf(at) !== undefined) return;
    try {
      const answer = await fetch("/api/papers/" + encodeURIComponent(map.papers.id[at]));
      const paper = answer.ok ? await answer.json() : {};
      titles.set(at, paper.title || map.papers.id[at]);
    } catch { titles.set(at, map.papers.id[at]); }
    if (here === at) showTip(at);
  }

  function facts(at) {
    const code = map.papers.category[at], place = lit ? lit.hits.indexOf(at) : -1;
    return [place >= 0 ? `answer ${place + 1}` : null, map.papers.year[at], code === null ? null : map.categories[code], name(map.regions[map.papers.region[at]])]
      .filter((fact) => fact !== null && fact !== "").join(" · ");
  }

  function showTip(at) {
    const text = titleOf(at), strong = document.createElement("strong"), more = document.createElement("span");
    strong.textContent = text ?? "…";
    more.textContent = facts(at);
    tip.replaceChildren(strong, more);
    tip.hidden = false;
    const x = map.papers.x[at] * scale + left, y = map.papers.y[at] * scale + top_;
    const wide = tip.offsetWidth, high = tip.offsetHeight;
    tip.style.left = `${Math.max(4, Math.min(size[0] - wide - 4, x - wide / 2))}px`;
    tip.style.top = `${y - high - 12 > 4 ? y - high - 12 : Math.min(size[1] - high - 4, y + 14)}px`;
    if (text !== undefined && document.activeElement === canvas) say(`${text}. ${facts(at)}`);
  }

  function hide() { tip.hidden = true; }

  let asking = 0;
  function choose(at) {
    if (at === here) return;
    here = at;
    clearTimeout(asking);
    if (at < 0) hide(); else { showTip(at); asking = setTimeout(() => askTitle(at), 40); }
    draw();
  }

  function open(at) {
    if (at < 0) return;
    if (!carried) { location.href = "/papers/" + encodeURIComponent(map.papers.id[at]); return; }
    const link = map.papers.link?.[at];
    if (link && WEB.test(link)) window.open(link, "_blank", "noopener,noreferrer");
  }

  // --- hands --------------------------------------------------------------------------------------------------------------
  const fingers = new Map();
  let moved = 0, apart = 0;
  const placeOf = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };

  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(moving);
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, placeOf(event));
    moved = fingers.size > 1 ? 99 : 0;
    apart = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!map) return;
    const now = placeOf(event), before = fingers.get(event.pointerId);
    if (!before) { if (event.pointerType === "mouse") choose(nearest(...now, TIP_NEAR)); return; }
    fingers.set(event.pointerId, now);
    if (fingers.size === 2) {
      const [[ax, ay], [bx, by]] = [...fingers.values()], far = Math.hypot(ax - bx, ay - by);
      if (apart) [scale, left, top_] = zoomed(far / apart, (ax + bx) / 2, (ay + by) / 2);
      apart = far;
      left += (now[0] - before[0]) / 2;
      top_ += (now[1] - before[1]) / 2;
    } else if (fingers.size === 1) {
      moved += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
      left += now[0] - before[0];
      top_ += now[1] - before[1];
    }
    if (moved > 4) { view.classList.add("dragged"); hide(); }
    draw();
  });
  const lifted = (event) => {
    const was = fingers.delete(event.pointerId);
    apart = 0;
    view.classList.remove("dragged");
    if (event.type !== "pointerup" || !was || fingers.size || moved > 4 || !map) return;
    const at = nearest(...placeOf(event), event.pointerType === "mouse" ? TIP_NEAR : 24);
    // A finger has no hover: the first touch shows the title, the second opens.
    if (event.pointerType === "mouse" || at === here) open(at); else choose(at);
  };
  canvas.addEventListener("pointerup", lifted);
  canvas.addEventListener("pointercancel", lifted);
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse" && !fingers.size) choose(-1); });
  canvas.addEventListener("wheel", (event) => {
    if (!map) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    go(zoomed(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) / 320), ...placeOf(event)), false);
  }, { passive: false });

  // The next paper in a direction: the one that is nearest, where what lies aside counts as farther.
  function next([dx, dy]) {
    if (here < 0) return nearest(size[0] / 2, size[1] / 2, Math.max(...size));
    const { x, y } = map.papers;
    let best = -1, least = Infinity;
    for (let at = 0; at < n; at++) {
      const along = (x[at] - x[here]) * dx + (y[at] - y[here]) * dy;
      const aside = Math.abs((x[at] - x[here]) * dy) + Math.abs((y[at] - y[here]) * dx);
      if (along <= 0 || aside > 2 * along || !shown(at) || (lit && !lit.rank[at])) continue;
      const far = along + 2 * aside;
      if (far < least) [best, least] = [at, far];
    }
    return best < 0 ? here : best;
  }

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!map || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key], middle = [size[0] / 2, size[1] / 2];
    if (way && event.shiftKey) go([scale, left - way[0] * size[0] / 4, top_ - way[1] * size[1] / 4], true);
    else if (way) {
      const at = next(way);
      if (at >= 0) {
        here = -1;
        choose(at);
        const [x, y] = [map.papers.x[at] * scale + left, map.papers.y[at] * scale + top_];
        if (x < 30 || y < 30 || x > size[0] - 30 || y > size[1] - 30) go(centred(at, 1), true);
      }
    } else if (event.key === "+" || event.key === "=") go(zoomed(1.6, ...middle), true);
    else if (event.key === "-") go(zoomed(1 / 1.6, ...middle), true);
    else if (event.key === "0" || event.key === "Home") go(wholeView(), true);
    else if (event.key === "Enter") open(here);
    else if (event.key === "Escape") choose(-1);
    else return;
    event.preventDefault();
  });
  byId("map-in").addEventListener("click", () => map && go(zoomed(1.6, size[0] / 2, size[1] / 2), true));
  byId("map-out").addEventListener("click", () => map && go(zoomed(1 / 1.6, size[0] / 2, size[1] / 2), true));
  byId("map-all").addEventListener("click", () => map && go(wholeView(), true));
  colour.addEventListener("change", () => { if (map) { regroup(); draw(); } });
  dark.addEventListener("change", () => { if (map) { regroup(); draw(); } });

  // --- a question ---------------------------------------------------------------------------------------------------------
  function light(question, hits) {
    lit = null;
    if (question) {
      lit = { hits, rank: new Uint8Array(n) };
      for (const at of hits) lit.rank[at] = 1;
    }
    tell(question ? `${plural(hits.length, "paper")} for “${question}” light up among ${plural(n, "paper")}.` : about());
    draw();
  }

  const about = () => map.filter ? `${plural(n, "paper")} of ${map.documents.toLocaleString("en")}: ${map.filter}` : `${plural(n, "paper")}. What lies near says similar things.`;

  let asked = 0, running = null;
  async function ask(question) {
    const address = question ? "/map?" + new URLSearchParams({ q: question }) : "/map";
    if (location.pathname + location.search !== address) history.replaceState(null, "", address);
    const papers = byId("to-papers");
    if (papers) papers.href = question ? "/?" + new URLSearchParams({ q: question }) : "/";
    running?.abort();
    if (!question) { light("", []); return; }
    running = new AbortController();
    try {
      const wanted = new URLSearchParams({ q: question, k: RESULTS });
      const answer = await fetch("/api/search?" + wanted, { signal: running.signal });
      const found = await answer.json();
      if (!answer.ok) { tell(found.detail || "This did not work."); return; }
      const places = new Map(map.papers.id.map((id, at) => [id, at]));
      light(question, found.hits.map((hit) => places.get(hit.id)).filter((at) => at !== undefined));
    } catch (error) { if (error.name !== "AbortError") tell("The server does not answer."); }
  }

  // --- begin --------------------------------------------------------------------------------------------------------------
  function tellRegions() {
    const item = (region, at) => {
      const entry = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = name(region);
      button.addEventListener("click", () => {
        const next = base * (region.parent === null ? 2.2 : 5);
        go([next, size[0] / 2 - region.x * next, size[1] / 2 - region.y * next], true);
        view.scrollIntoView({ block: "nearest" });
      });
      entry.append(button, ` ${plural(region.papers, "paper")} `);
      if (!carried && region.terms.length) {
        const link = document.createElement("a");
        link.href = "/?" + new URLSearchParams({ q: region.terms.join(" ") });
        link.textContent = "search these words";
        entry.append(link);
      }
      const within = map.regions.filter((other) => other.parent === at && other.papers);
      if (within.length) {
        const inner = document.createElement("ul");
        inner.append(...within.map((other) => item(other, map.regions.indexOf(other))));
        entry.append(inner);
      }
      return entry;
    };
    list.replaceChildren(...map.regions.flatMap((region, at) => region.parent === null && region.papers ? [item(region, at)] : []));
  }

  async function begin() {
    tell("Loading the map.");
    try { map = await load(); } catch (error) { tell(`The map cannot be shown: ${error.message}.`); return; }
    n = map.papers.id.length;
    if (!n) { tell("There are no papers to show."); return; }
    const by = view.dataset.colour;
    if (by) colour.value = by;
    else if (map.regions.filter((region) => region.parent === null).length < 2 && map.categories.length) colour.value = "category";
    index();
    regroup();
    tellRegions();
    fit();
    new ResizeObserver(fit).observe(view);
    canvas.setAttribute("aria-label", `Map of ${plural(n, "paper")}. Arrow keys go from paper to paper, Enter opens, plus and minus zoom, 0 shows all. The regions follow as a list.`);
    if (carried) light(map.asked?.query ?? "", map.asked?.hits ?? []);
    else {
      tell(about());
      form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(asked); ask(form.q.value.trim()); });
      form.q.addEventListener("input", () => { clearTimeout(asked); asked = setTimeout(() => ask(form.q.value.trim()), 250); });
      if (form.q.value.trim()) ask(form.q.value.trim());
    }
    view.dataset.ready = "1";
  }

  begin();
})();
