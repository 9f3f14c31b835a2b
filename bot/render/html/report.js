"use strict";
// Text of a repository arrives as JSON and is shown with textContent only: nothing here makes markup of it.
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const STEP = 50, ON_PAPER = 500;
  const chosen = { repository: "", feature: "", model: "" };
  const tables = [], drawn = {};
  const $ = (id) => document.getElementById(id);

  function make(name, attributes, ...inside) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "class") element.className = value;
      else if (key === "click") element.addEventListener("click", value);
      else element.setAttribute(key, value);
    }
    element.append(...inside.filter((x) => x !== null));
    return element;
  }

  const shownOf = (cell) => (Array.isArray(cell) ? cell[0] : cell);
  const orderOf = (cell) => (Array.isArray(cell) ? cell[1] : cell);

  function content(cell) {
    const url = Array.isArray(cell) ? cell[2] : "";
    if (!url || !url.startsWith("https://")) return breakable(shownOf(cell));
    return make("a", { href: url, rel: "noreferrer noopener" }, breakable(shownOf(cell)));
  }

  // A path may break after each folder.
  function breakable(text) {
    const out = document.createDocumentFragment();
    String(text).split(/(?<=\/)/).forEach((part, n) => out.append(...(n ? [make("wbr"), part] : [part])));
    return out;
  }

  const kindOf = (column) => [column.number ? "number" : "", column.kind || ""].join(" ").trim();

  function fits(row) {
    return (!chosen.repository || !row.repository || row.repository === chosen.repository)
      && (!chosen.feature || row.feature === null || row.feature === undefined || row.feature === chosen.feature)
      && (!chosen.model || !row.models || !row.models.length || row.models.includes(chosen.model));
  }

  // -- tables -----------------------------------------------------------------------------------------------------

  class Table {
    constructor(data) {
      this.data = data;
      this.sort = -1;
      this.down = false;
      this.limit = STEP;
      this.words = "";
      this.foldable = data.rows.some((row) => row.details);
      this.texts = data.rows.map((row) => row.cells.map(shownOf).join("\n").toLowerCase());
      this.body = make("tbody");
      this.status = make("p", { class: "note", role: "status", "aria-live": "polite" });
      this.more = make("button", { type: "button", class: "more", click: () => { this.limit += STEP * 4; this.draw(); } });
      this.search = make("input", { type: "search", id: `search-${data.id}`, autocomplete: "off" });
      this.search.addEventListener("input", () => { this.words = this.search.value; this.limit = STEP; this.draw(); });
      this.heads = data.columns.map((column, n) => make("th", { scope: "col", class: kindOf(column) },
        make("button", { type: "button", click: () => this.order(n) }, column.label)));
      const fold = this.foldable ? make("th", { scope: "col", class: "fold" }, make("span", { class: "unseen" }, "Details")) : null;
      const head = make("thead", {}, make("tr", {}, fold, ...this.heads));
      this.section = make("section", { class: "table", id: data.id, "aria-labelledby": `${data.id}-title` },
        make("h2", { id: `${data.id}-title`, tabindex: "-1" }, data.title),
        make("p", { class: "note" }, data.note),
        make("div", { class: "tools" }, make("label", { for: `search-${data.id}` }, `Search ${data.title.toLowerCase()} `), this.search),
        make("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": `Table: ${data.title}` },
          make("table", {}, make("caption", { class: "unseen" }, data.title), head, this.body)),
        this.status, this.more);
    }

    order(column) {
      const number = this.data.columns[column].number;
      this.down = this.sort === column ? !this.down : number;
      this.sort = column;
      this.heads.forEach((head, n) => (n === column
        ? head.setAttribute("aria-sort", this.down ? "descending" : "ascending")
        : head.removeAttribute("aria-sort")));
      this.draw();
    }

    rows() {
      const words = this.words.toLowerCase().split(/\s+/).filter(Boolean);
      const kept = [];
      this.data.rows.forEach((row, n) => {
        if (fits(row) && words.every((word) => this.texts[n].includes(word))) kept.push(row);
      });
      if (this.sort >= 0) {
        const sign = this.down ? -1 : 1;
        kept.sort((a, b) => {
          const x = orderOf(a.cells[this.sort]), y = orderOf(b.cells[this.sort]);
          return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
        });
      }
      return kept;
    }

    draw(limit) {
      if (!this.data.rows.length) {
        this.section.querySelectorAll(".tools, .scroll, .more").forEach((part) => { part.hidden = true; });
        this.status.textContent = "None.";
        return;
      }
      const rows = this.rows(), count = Math.min(rows.length, limit || this.limit);
      this.body.replaceChildren(...rows.slice(0, count).map((row, n) => this.line(row, n)));
      this.status.textContent = rows.length === 0 ? "No row fits." : count < rows.length
        ? `The first ${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows.`
        : `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}.`;
      this.more.hidden = count >= rows.length;
      this.more.textContent = `Show ${Math.min(STEP * 4, rows.length - count)} more`;
    }

    line(row, n) {
      const cells = row.cells.map((cell, c) => make("td", { class: kindOf(this.data.columns[c]) }, content(cell)));
      const line = make("tr", {}, ...cells);
      if (!this.foldable) return line;
      if (!row.details) { line.prepend(make("td", { class: "fold" })); return line; }
      const id = `${this.data.id}-details-${n}`;
      const fold = make("button", { type: "button", "aria-expanded": "false", "aria-label": `Details of ${shownOf(row.cells[0])}` }, "▸");
      fold.addEventListener("click", () => {
        const open = fold.getAttribute("aria-expanded") === "true";
        fold.setAttribute("aria-expanded", String(!open));
        fold.textContent = open ? "▸" : "▾";
        if (open) line.nextElementSibling.remove();
        else line.after(make("tr", { class: "details", id }, make("td", { colspan: String(cells.length + 1) }, ...this.details(row.details))));
      });
      line.prepend(make("td", { class: "fold" }, fold));
      return line;
    }

    details(details) {
      const facts = make("dl", {}, ...details.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
      const out = [facts];
      if (details.rows) {
        out.push(make("table", {}, make("caption", { class: "unseen" }, "Parts of the amount"),
          make("thead", {}, make("tr", {}, ...details.columns.map((c) => make("th", { scope: "col" }, c)))),
          make("tbody", {}, ...details.rows.map((r) => make("tr", {}, ...r.map((c) => make("td", {}, content(c))))))));
      }
      if (details.show) {
        out.push(make("button", { type: "button", click: () => {
          choose("feature", details.show);
          $("sites-title").focus();
        } }, "Show its call sites"));
      }
      return out;
    }
  }

  // -- charts -----------------------------------------------------------------------------------------------------

  function most(rows, limit) {
    const sums = new Map();
    for (const row of rows) sums.set(row.name, Math.max(sums.get(row.name) || 0, row.amount));
    const names = new Set([...sums].sort((a, b) => b[1] - a[1]).slice(0, limit).map(([name]) => name));
    return { rows: rows.filter((row) => names.has(row.name)), left: sums.size - names.size };
  }

  function chartRows(chart) {
    return most(page.data[chart.id].filter((row) => fits({ ...row, models: [] }) && inModel(row)), chart.limit);
  }

  function inModel(row) {
    const sites = page.tables.find((table) => table.id === "sites");
    if (!chosen.model || !sites) return true;
    return sites.rows.some((site) => site.feature === row.feature
      && (!row.repository || site.repository === row.repository) && site.models.includes(chosen.model));
  }

  // The specification of the chart, for the width that there is.
  function specification(chart, rows) {
    const variant = $(`variant-${chart.id}`);
    const spec = structuredClone(chart.specs[variant ? variant.value : Object.keys(chart.specs)[0]]);
    spec.data.find((d) => d.name === chart.id).values = rows;
    if (window.innerWidth < 640) {
      for (const legend of spec.legends || []) legend.columns = Math.min(legend.columns || 1, 2);
      for (const axis of spec.axes || []) if (axis.labelLimit) axis.labelLimit = 110;
    }
    return spec;
  }

  function placeChart(chart) {
    const place = make("div", { class: "chart", id: `chart-${chart.id}` });
    const names = Object.keys(chart.specs);
    const parts = [make("h2", { id: `title-${chart.id}` }, chart.title)];
    if (chart.note) parts.push(make("p", { class: "note" }, chart.note));
    if (names.length > 1) {
      const options = names.map((name) => make("option", { value: name }, name));
      const select = make("select", { id: `variant-${chart.id}` }, ...options);
      select.addEventListener("change", () => drawChart(chart));
      parts.push(make("p", { class: "tools" }, make("label", {}, "Show ", select)));
    }
    $("charts").append(make("section", { class: "figure", "aria-labelledby": `title-${chart.id}` }, ...parts, place));
  }

  async function drawChart(chart) {
    const place = $(`chart-${chart.id}`);
    const { rows, left } = chartRows(chart);
    if (drawn[chart.id]) { drawn[chart.id].finalize(); drawn[chart.id] = null; }
    place.replaceChildren();
    if (!rows.length) {
      place.append(make("p", { class: "empty" }, "No amount is known."));
      return;
    }
    const target = make("div", { class: "drawing" });
    place.append(target);
    if (left > 0) place.append(make("p", { class: "note" }, `The ${chart.limit} largest; ${left} more in the tables.`));
    drawn[chart.id] = await window.vegaEmbed(target, specification(chart, rows), {
      mode: "vega", renderer: "svg", ast: true, actions: false, defaultStyle: false, hover: false,
      tooltip: { disableDefaultStyle: true },
    });
  }

  // -- filters ----------------------------------------------------------------------------------------------------

  const form = $("filters");

  function choose(name, value) {
    form.elements[name].value = value;
    chosen[name] = value;
    redraw();
  }

  function redraw() {
    for (const table of tables) { table.limit = STEP; table.draw(); }
    const told = Object.entries(chosen).filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
    $("said").textContent = told.length ? `Only ${told.join(", ")}.` : "";
    return Promise.all(page.charts.map(drawChart));
  }

  function start() {
    for (const line of page.lead) $("lead").append(make("p", {}, line));
    for (const card of page.cards) {
      $("cards").append(make("div", {}, make("dt", {}, card.name), make("dd", {}, card.value), make("dd", { class: "small" }, card.note)));
    }
    for (const line of page.assumptions) $("assumptions").append(make("li", {}, line));
    for (const [name, values] of Object.entries(page.filters)) {
      for (const value of values) form.elements[name].append(make("option", { value }, value));
    }
    for (const name of Object.keys(chosen)) {
      form.elements[name].closest("label").hidden = (page.filters[name] || []).length < 2;
    }
    page.charts.forEach(placeChart);
    for (const data of page.tables) {
      const table = new Table(data);
      tables.push(table);
      $("tables").append(table.section);
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => {
      const { name, value } = event.target;
      if (name === "theme") {
        if (value) document.documentElement.dataset.theme = value;
        else delete document.documentElement.dataset.theme;
      } else choose(name, value);
    });
    form.addEventListener("reset", () => setTimeout(() => {
      for (const name of Object.keys(chosen)) chosen[name] = "";
      delete document.documentElement.dataset.theme;
      redraw();
    }));
    window.addEventListener("beforeprint", () => tables.forEach((table) => table.draw(ON_PAPER)));
    window.addEventListener("afterprint", () => tables.forEach((table) => table.draw()));
    redraw().then(() => {
      document.documentElement.dataset.readyMs = String(Math.round(performance.now()));
      document.documentElement.dataset.ready = "yes";
    });
  }

  start();
})();
