"use strict";
(function () {
  const root = document.documentElement;
  const words = JSON.parse(document.getElementById("words").textContent);

  /* Tables: sort by a heading, filter by words, choose columns, page where they are long. */

  const ABSENT = "–";
  const PER_PAGE = 25;

  function key(cell) {
    if (!cell) return null;
    const text = cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
    if (text === "" || text === ABSENT) return null;
    const number = Number(text.replace(/,/g, "").replace(/\s*%$/, ""));
    return Number.isFinite(number) ? number : text;
  }

  function ordered(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, root.lang, { numeric: true });
  }

  function sort(table, column, rows) {
    const head = table.tHead.rows[0].cells[column];
    const keyed = rows.map((row) => [key(row.cells[column]), row]);
    const last = head.getAttribute("aria-sort");
    const texts = head.classList.contains("text");
    const down = last ? last === "ascending" : !texts;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    keyed.sort(function ([a], [b]) {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? ordered(b, a) : ordered(a, b);
    });
    rows.splice(0, rows.length, ...keyed.map(([, row]) => row));
    table.tBodies[0].append(...rows);
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function tools(table, show) {
    const bar = document.createElement("div");
    const box = document.createElement("input");
    const count = document.createElement("span");
    const move = (step) => show(step);
    const back = button("‹", () => move(-1)), on = button("›", () => move(1));
    bar.className = "tools";
    box.type = "search";
    box.placeholder = words.filter;
    box.setAttribute("aria-label", words.filter);
    back.setAttribute("aria-label", words.back);
    on.setAttribute("aria-label", words.on);
    count.className = "muted";
    box.addEventListener("input", () => show(0));
    bar.append(box, back, count, on);
    if (table.rows.length - 1 <= PER_PAGE) back.hidden = on.hidden = true;
    table.parentElement.before(bar);
    return { bar, box, count, back, on };
  }

  /* A list of a table's columns in which some are chosen; the first one always stays. */

  const NO_COLUMN = [];

  function hides(column) {
    const rules = document.createElement("style");
    rules.textContent = `.no-column-${column} > * > tr > :nth-child(${column + 1}) { display: none; }`;
    if (!NO_COLUMN[column]) document.head.append((NO_COLUMN[column] = rules));
    return `no-column-${column}`;
  }

  function choice(table, head, column) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    const show = () => table.classList.toggle(hides(column), !box.checked);
    box.type = "checkbox";
    box.checked = !("more" in head.dataset);
    box.addEventListener("change", show);
    label.append(box, " " + head.textContent.trim());
    label.title = head.title;
    show();
    return label;
  }

  function columns(table, heads) {
    const made = document.createElement("details"), list = document.createElement("div");
    made.className = "columns";
    made.append(Object.assign(document.createElement("summary"), { textContent: words.columns }), list);
    heads.forEach((head, column) => { if (column) list.append(choice(table, head, column)); });
    return made;
  }

  /* What a row is found by: the words of its cells, where one does not say other words for itself. */

  function findable(row) {
    return Array.from(row.cells, (cell) => (cell.dataset.find === undefined ? cell.textContent : cell.dataset.find))
      .join(" ").toLowerCase();
  }

  function tabulate(table) {
    const rows = Array.from(table.tBodies[0].rows);
    let page = 0;
    const heads = Array.from(table.tHead.rows[0].cells);
    const is_wide = heads.some((head) => "more" in head.dataset);
    const bar = is_wide || rows.length > PER_PAGE ? tools(table, show) : null;
    if (is_wide) bar.box.after(columns(table, heads));

    function show(step) {
      if (!bar) return;
      const wanted = bar.box.value.toLowerCase().split(/\s+/).filter(Boolean);
      const fitting = rows.filter(function (row) {
        const text = wanted.length ? findable(row) : "";
        return wanted.every((word) => text.includes(word));
      });
      const last = Math.max(0, Math.ceil(fitting.length / PER_PAGE) - 1);
      page = step ? Math.min(last, Math.max(0, page + step)) : 0;
      const shown = new Set(fitting.slice(page * PER_PAGE, (page + 1) * PER_PAGE));
      for (const row of rows) row.hidden = !shown.has(row);
      const first = fitting.length ? page * PER_PAGE + 1 : 0;
      bar.count.textContent = words.shown
        .replace("{first}", first).replace("{last}", page * PER_PAGE + shown.size).replace("{all}", fitting.length);
      bar.back.disabled = page === 0;
      bar.on.disabled = page === last;
    }

    heads.forEach(function (head, column) {
      const made = button("", () => { sort(table, column, rows); show(0); });
      made.append(...head.childNodes);
      head.append(made);
    });
    show(0);
  }

  document.querySelectorAll("table.sortable").forEach(tabulate);

  /* Commands: a button copies what stands beside it, and selects it where the browser does not let it copy. */

  document.querySelectorAll("code.command").forEach(function (code) {
    const made = button(words.copy, function () {
      window.getSelection().selectAllChildren(code);
      const asked = navigator.clipboard ? navigator.clipboard.writeText(code.textContent) : Promise.reject();
      asked.then(() => { made.textContent = words.copied; }, () => document.execCommand("copy"));
    });
    made.className = "copy";
    code.after(made);
  });

  /* Sections: a link to one unfolds it; on paper all are open. */

  function unfold() {
    const aim = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!aim) return;
    for (let at = aim.querySelector("details") || aim; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    aim.scrollIntoView();
  }

  window.addEventListener("hashchange", unfold);
  unfold();

  /* Choosers: one of several parts is shown. */

  document.querySelectorAll(".chooser").forEach(function (one) {
    const select = one.querySelector("select"), parts = one.querySelectorAll(":scope > div");
    const show = () => parts.forEach((part, n) => { part.hidden = n !== select.selectedIndex; });
    select.addEventListener("change", show);
    show(); /* a browser may remember what was chosen */
  });

  /* Charts: the library and large figures are packed; each chart is drawn when it comes near the window. */

  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Set();

  const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

  /* Base 85: five signs are four bytes; the last group may be shorter, filled up with the highest sign. */

  function bytes_of(packed) {
    const worth = new Uint32Array(128), length = packed.length, fives = Math.ceil(length / 5);
    for (let n = 0; n < 85; n += 1) worth[SIGNS.charCodeAt(n)] = n;
    const bytes = new DataView(new ArrayBuffer(4 * fives));
    for (let five = 0; five < fives; five += 1) {
      let value = 0;
      for (let n = 5 * five; n < 5 * five + 5; n += 1) value = 85 * value + (n < length ? worth[packed.charCodeAt(n)] : 84);
      bytes.setUint32(4 * five, value);
    }
    return new Uint8Array(bytes.buffer, 0, 4 * fives - (5 * fives - length));
  }

  async function unpacked(packed) {
    const bytes = bytes_of(packed);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  function painted(value, style) {
    if (typeof value === "string" && value.startsWith("--")) return style.getPropertyValue(value).trim() || value;
    if (Array.isArray(value) && typeof value[0] === "number" && typeof value[1] !== "string") return value;
    if (Array.isArray(value)) return value.map((item) => painted(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, style)]));
    }
    return value;
  }

  /* A text in lines of at most so many pixels, broken between words and between Chinese signs. */

  const ruler = document.createElement("canvas").getContext("2d");

  function wrapped(text, room) {
    ruler.font = "12px system-ui, sans-serif";
    let line = "", lines = [];
    for (const part of text.match(/<[^>]*>|[\u2e80-\uffff]|[^\s\u2e80-\uffff<]+\s*|\s+|</g) || []) {
      if (line && ruler.measureText(line + part.trimEnd()).width > room) lines.push(line.trimEnd()), (line = "");
      line += part;
    }
    return [...lines, line].join("<br>");
  }

  function short(text, room) {
    return String(text).split("<br>").map((line) => wrapped(line, room)).join("<br>");
  }

  /* In a narrow window: margins as small as labels allow, titles and names in lines, room for the lines. */

  function fitted({ data, layout }, width) {
    const { l = 80, r = 24 } = layout.margin || {};
    if (width < 560 && l > 48) layout.margin.l = 48; /* the axes widen it where their labels are longer */
    if (width < 560 && layout.hoversubplots) layout.hoversubplots = "single"; /* all rows would cover the chart */
    if (width < 560) for (const trace of data) if (Array.isArray(trace.text)) trace.text = trace.text.map((text) => short(text, width / 2));
    for (const [name, axis] of Object.entries(layout)) {
      if (width < 560 && /^xaxis/.test(name) && axis.type === "date" && axis.tickangle === undefined) {
        axis.tickangle = 0; /* turned ones take room from the plot, whose ticks then turn back: plotly gives up */
        axis.nticks = axis.nticks || Math.max(2, Math.floor((width - l - r) / 80));
      }
      if (!/^[xy]axis/.test(name) || !axis.title || !axis.title.text) continue;
      const [from, to] = axis.domain || [0, 1];
      const room = name[0] === "x" ? width - l + r - 20 : layout.height - 60; /* about the middle of the plot */
      axis.title.text = wrapped(axis.title.text, Math.max(60, room * (to - from)));
      axis.title.standoff = 8;
      if (name[0] === "x") layout.height += 16 * (axis.title.text.split("<br>").length - 1);
    }
    if (layout.showlegend !== false) {
      for (const trace of data) if (trace.name) trace.name = wrapped(trace.name, width - 80);
    }
  }

  function draw(place, figures) {
    const { data, layout } = painted(figures[place.id], getComputedStyle(root));
    drawn.add(place);
    fitted({ data, layout }, place.clientWidth);
    place.style.height = `${layout.height}px`;
    Plotly.react(place, data, layout, { responsive: true, displayModeBar: false, locale: root.lang });
  }

  function told(places, text) {
    for (const place of places) {
      place.style.height = "auto";
      place.append(Object.assign(document.createElement("p"), { className: "muted", textContent: text }));
    }
  }

  async function charts() {
    const source = document.getElementById("figures");
    const places = Array.from(document.querySelectorAll(".chart[id]"));
    if (!places.length) return;
    if (typeof DecompressionStream === "undefined") return told(places, words.old);
    const library = document.getElementById("plotly");
    const packed = library ? library.textContent : window.packedPlotly;
    if (!packed) return told(places, words.lost);
    const [script, text] = await Promise.all([
      unpacked(packed), source.dataset.packed ? unpacked(source.textContent) : source.textContent,
    ]);
    const figures = JSON.parse(text);
    document.head.append(Object.assign(document.createElement("script"), { textContent: script }));
    if (words.locale) Plotly.register(words.locale);
    const seen = new IntersectionObserver(function (entries) {
      for (const entry of entries) {
        if (entry.isIntersecting && !drawn.has(entry.target)) {
          seen.unobserve(entry.target);
          draw(entry.target, figures);
        }
      }
    }, { rootMargin: "300px" });
    for (const place of places) if (figures[place.id]) seen.observe(place);
    scheme.addEventListener("change", function () {
      for (const place of [...drawn]) {
        if (place.checkVisibility()) draw(place, figures);
        else drawn.delete(place), seen.observe(place); /* it has no width now: drawn anew when it is shown */
      }
    });
    window.addEventListener("beforeprint", function () {
      document.querySelectorAll("section > details").forEach((one) => { one.open = true; });
      for (const place of places) if (figures[place.id] && !drawn.has(place) && place.checkVisibility()) draw(place, figures);
    });
  }

  charts();
})();
