// The tree of experiments: a row a run, its lines drawn beside it like a commit graph.
//
// data: { rows: [{ name, isGroup, isOpen, lane, depth, parent, descent, isOrphan, state, title, chip, words,
//           metric, of, isChosen, label }],
//         legend: [{ state, text }], lines: [{ descent, text }], alt }
// A click, Enter or the space bar on a run picks it, on a group opens or closes it; arrow keys move.

const SVG = "http://www.w3.org/2000/svg";

export default function ({ data, parentElement, setTriggerValue }) {
  const tree = parentElement.lightboxTree ?? (parentElement.lightboxTree = new Tree(parentElement));
  tree.send = setTriggerValue;
  tree.update(data);
  return () => tree.rest();
}

class Tree {
  constructor(parent) {
    this.root = made("div", "lb-tree", parent);
    this.list = made("div", "lb-rows", this.root);
    this.list.setAttribute("role", "tree");
    this.legend = made("ul", "lb-key", this.root);
    this.at = null;  // the key of the row that has, or last had, the focus
    this.list.addEventListener("click", (event) => this.press(event.target.closest("[role=treeitem]")));
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("focusin", (event) => this.stand(event.target.closest("[role=treeitem]")));
  }

  rest() { this.watcher?.disconnect(); }

  update(data) {
    this.data = data;
    const had = this.list.contains(this.list.getRootNode().activeElement);
    this.watcher?.disconnect();
    this.watcher = new ResizeObserver(() => this.isNarrow !== this.measure() && this.draw());
    this.draw();
    this.watcher.observe(this.root);
    if (had) this.items[this.place()]?.focus({ preventScroll: true });
  }

  measure() { return this.root.clientWidth < 560; }

  draw() {
    const { rows, alt, legend, lines } = this.data;
    this.isNarrow = this.measure();
    this.step = this.isNarrow ? 13 : 20;
    this.height = 52;
    this.list.setAttribute("aria-label", alt);
    this.list.replaceChildren(this.graph(rows));
    this.items = rows.map((row) => this.row(row));
    this.items[this.place()]?.setAttribute("tabindex", "0");
    this.legend.replaceChildren();
    for (const { state, text } of legend) {
      this.entry(text, (svg) => node(svg, 9, 9, { state }));
    }
    for (const { descent, text } of lines) {
      this.entry(text, (svg) => drawn(svg, "path", { d: "M1 9H17", class: `line ${descent}` }));
    }
  }

  entry(text, draw) {
    const item = made("li", "", this.legend);
    const svg = drawn(item, "svg", { width: 18, height: 18, "aria-hidden": "true" });
    draw(svg);
    made("span", "", item).textContent = text;
  }

  x(lane) { return 13 + lane * this.step; }
  y(number) { return (number + 0.5) * this.height; }

  graph(rows) {
    const lanes = Math.max(0, ...rows.map((row) => row.lane));
    const svg = drawn(null, "svg", {
      class: "graph", width: this.x(lanes + 1), height: rows.length * this.height, "aria-hidden": "true",
    });
    rows.forEach((row, number) => {
      if (row.parent !== null) drawn(svg, "path", { d: this.line(rows[row.parent], row, number), class: `line ${row.descent}` });
      else if (row.isOrphan) drawn(svg, "path", { d: `M${this.x(row.lane)} ${this.y(number) - 0.46 * this.height}V${this.y(number)}`, class: "line lost" });
    });
    rows.forEach((row, number) => node(svg, this.x(row.lane), this.y(number), row));
    return svg;
  }

  line(parent, row, number) {
    const [x, y] = [this.x(row.lane), this.y(number)];
    const [from, top] = [this.x(parent.lane), this.y(row.parent)];
    if (from === x) return `M${x} ${top}V${y}`;
    const bend = Math.min(0.5 * this.height, x - from + 8);
    return `M${from} ${top}V${y - bend}Q${from} ${y} ${x} ${y}`;
  }

  row(row) {
    const item = made("div", "lb-row", this.list);
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-level", row.depth + 1);
    item.setAttribute("aria-selected", row.isChosen);
    item.setAttribute("aria-label", row.label);
    if (row.isGroup) item.setAttribute("aria-expanded", row.isOpen);
    item.tabIndex = -1;
    item.dataset.run = row.name;
    item.title = row.label;
    item.style.height = `${this.height}px`;
    item.style.paddingLeft = `${this.x(row.lane) + 16}px`;
    const words = made("div", "words", item);
    const first = made("div", "first", words);
    if (row.isGroup) made("span", "turn", first).textContent = row.isOpen ? "\u25be" : "\u25b8";
    made("span", "name", first).textContent = row.title;
    if (row.chip) made("span", "chip", first).textContent = row.chip;
    made("div", "changes", words).textContent = this.isNarrow ? [row.metric, row.words].filter(Boolean).join(" \u00b7 ") : row.words;
    if (!this.isNarrow) {
      const metric = made("div", "metric", item);
      made("div", "", metric).textContent = row.metric;
      made("div", "of", metric).textContent = row.of;
    }
    return item;
  }

  place() {
    const rows = this.data.rows;
    const found = rows.findIndex((row) => keyOf(row) === this.at);
    if (found >= 0) return found;
    return Math.max(0, rows.findIndex((row) => row.isChosen));
  }

  stand(item) {
    if (!item) return;
    for (const other of this.items) other.tabIndex = -1;
    item.tabIndex = 0;
    this.at = keyOf(this.data.rows[this.items.indexOf(item)]);
  }

  press(item) {
    const row = item && this.data.rows[this.items.indexOf(item)];
    if (!row) return;
    item.focus({ preventScroll: true });
    if (row.isGroup) this.turn(row, !row.isOpen);
    else this.send("picked", { run: row.name });
  }

  turn(row, open) { this.send("turned", { group: row.name, open }); }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.place(), rows = this.data.rows, row = rows[place];
    const goes = {
      ArrowDown: () => place + 1, ArrowUp: () => place - 1, Home: () => 0, End: () => rows.length - 1,
      PageDown: () => Math.min(place + 8, rows.length - 1), PageUp: () => Math.max(place - 8, 0),
      ArrowLeft: () => (row.isGroup && row.isOpen ? this.turn(row, false) : row.parent),
      ArrowRight: () => (row.isGroup && !row.isOpen ? this.turn(row, true) : child(rows, place)),
      Enter: () => this.press(this.items[place]), " ": () => this.press(this.items[place]),
    }[event.key];
    if (!goes) return;
    event.preventDefault();
    const next = this.items[goes() ?? -1];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

// The mark of a run: its shape tells the state as well as its colour does.
function node(svg, x, y, { state, isGroup }) {
  const mark = drawn(svg, "g", { class: `node ${state}`, transform: `translate(${x} ${y})` });
  if (isGroup) drawn(mark, "circle", { r: 8, class: "around" });
  const shapes = {
    stopped: ["rect", { x: -5, y: -5, width: 10, height: 10, rx: 1.5 }],
    failed: ["path", { d: "M0 -7L7 0L0 7L-7 0Z" }],
    interrupted: ["path", { d: "M0 -6.5L6.5 5.5H-6.5Z" }],
    mixed: ["circle", { r: 4.5 }],
  };
  const [kind, attributes] = shapes[state] ?? ["circle", { r: 5.5 }];
  drawn(mark, kind, attributes);
  if (state === "running") drawn(mark, "circle", { r: 2, class: "inner" });
}

function child(rows, place) {
  const found = rows.findIndex((row) => row.parent === place);
  return found < 0 ? undefined : found;
}

function keyOf(row) { return `${row.isGroup} ${row.name}`; }

function made(kind, name, parent) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  parent?.append(element);
  return element;
}

function drawn(parent, kind, attributes) {
  const element = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}
