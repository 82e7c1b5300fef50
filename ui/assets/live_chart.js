// The live chart: panels that share an x axis, drawn on one canvas that stays while its data grows.
//
// data: { panels: [{ yTitle, low, high, series: [{ name, legend, colour, dashed, faint, dots, xs, ys,
//           low, high }] }],
//         bands, spans: [{ low, high, label }], marks: [{ x, label }], axis, xTitle, xHigh, alt, height,
//         strings: { hint, panHint, reset, nearer, farther, range, waiting } }
// Drag to zoom in, Shift and drag (or a sideways wheel, or Shift and an arrow) to move along, double click or the
// button to see all; arrow keys move the readout. The view outlives updates, until `axis` changes.

export default function ({ data, parentElement }) {
  const chart = parentElement.lightboxChart ?? (parentElement.lightboxChart = new Chart(parentElement));
  chart.update(data);
  chart.watch();
  return () => chart.rest();
}

class Chart extends Drawing {
  constructor(parent) {
    super();
    this.root = element("div", "lb-chart", parent);
    this.legend = element("ul", "lb-legend", this.root);
    const stage = element("div", "lb-stage", this.root);
    this.canvas = element("canvas", "", stage);
    this.tools = element("div", "lb-tools", stage);
    [this.farther, this.nearer, this.reset] = [0, 1, 2].map(() => element("button", "", this.tools));
    [this.farther.textContent, this.nearer.textContent] = ["\u2212", "+"];
    this.readout = element("output", "lb-readout", this.root);
    for (const button of [this.farther, this.nearer, this.reset]) button.type = "button";
    this.reset.hidden = this.farther.hidden = true;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.zoom = null;  // [low, high] in x, or null for all
    this.drag = null;  // [from, to] in pixels while dragging
    this.hold = null;  // x under the pointer while the view is moved along
    this.cursor = null;  // x of the readout
    this.updates = 0;
    this.listen();
  }

  listen() {
    const at = (event) => event.clientX - this.canvas.getBoundingClientRect().left;
    this.canvas.addEventListener("pointerdown", (event) => {
      const pans = this.zoom && (event.shiftKey || event.pointerType === "touch");
      if (event.pointerType === "touch" && !pans) return this.pointAt(at(event));
      if (pans) this.hold = this.toX(at(event));
      else this.drag = [at(event), at(event)];
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.drag) this.drag[1] = at(event);
      if (this.hold !== null) this.pan(this.hold - this.toFreeX(at(event)));
      this.pointAt(at(event));
    });
    this.canvas.addEventListener("pointerup", () => this.endDrag());
    this.canvas.addEventListener("pointercancel", () => { this.drag = this.hold = null; this.draw(); });
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerleave", () => { if (!this.drag && this.hold === null) this.show(null); });
    this.canvas.addEventListener("blur", () => this.show(null));
    this.canvas.addEventListener("dblclick", () => this.setZoom(null));
    this.reset.addEventListener("click", () => { this.setZoom(null); this.canvas.focus(); });
    this.nearer.addEventListener("click", () => this.scale(0.5));
    this.farther.addEventListener("click", () => this.scale(2));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.root.addEventListener("transitionend", () => this.draw());
  }

  watch() {
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  rest() { this.observer?.disconnect(); }

  update(data) {
    if (this.data && this.data.axis !== data.axis) this.zoom = this.cursor = null;  // other numbers: other view
    this.data = data;
    this.updates += 1;
    this.reset.textContent = data.strings.reset;
    this.nearer.setAttribute("aria-label", data.strings.nearer);
    this.farther.setAttribute("aria-label", data.strings.farther);
    this.nearer.title = data.strings.nearer;
    this.farther.title = data.strings.farther;
    this.canvas.setAttribute("aria-label", data.alt);
    this.canvas.dataset.points = String(sum(this.all().map((series) => series.xs.length)));
    this.canvas.dataset.updates = String(this.updates);
    this.canvas.dataset.lastX = String(this.extent()[1]);
    this.canvas.dataset.bands = String((data.bands ?? []).length);
    this.canvas.dataset.spans = String((data.spans ?? []).length);
    this.canvas.dataset.marks = String((data.marks ?? []).length);
    this.canvas.dataset.areas = String(this.all().filter((series) => series.low).length);
    this.tell();
    this.draw();
  }

  all() { return this.data.panels.flatMap((panel) => panel.series); }

  extent() {
    const ends = this.all().filter((series) => series.xs.length)
      .flatMap((series) => [series.xs[0], series.xs[series.xs.length - 1]]);
    return ends.length ? [Math.min(0, ...ends), Math.max(...ends, this.data.xHigh ?? 0)] : [0, this.data.xHigh ?? 1];
  }

  range() { return this.zoom ?? this.extent(); }

  setZoom(range) {
    this.zoom = range;
    this.tell();
    this.draw();
  }

  // Say in the page what is in view: for the eye, for those who listen, and for tests.
  tell() {
    const [low, high] = this.range();
    this.reset.hidden = this.farther.hidden = this.zoom === null;
    this.canvas.dataset.zoomed = this.tools.dataset.zoomed = String(this.zoom !== null);
    this.canvas.dataset.low = String(low);
    this.canvas.dataset.high = String(high);
    this.readout.dataset.hint = this.data.strings[this.zoom ? "panHint" : "hint"];
  }

  // Move the view along by `by` in x, as far as there is something to see.
  pan(by) {
    if (!this.zoom) return;
    const [low, high] = this.zoom;
    const [first, last] = this.extent();
    const shift = Math.min(Math.max(by, Math.min(0, first - low)), Math.max(0, last - high));
    this.setZoom([low + shift, high + shift]);
  }

  // Make the view `factor` times as wide, around the readout or the middle; all of it where it would be wider.
  scale(factor) {
    const [low, high] = this.range();
    const [first, last] = this.extent();
    const wide = (high - low) * factor;
    if (wide >= last - first) return this.setZoom(null);
    const centre = this.cursor ?? (low + high) / 2;
    const start = Math.min(Math.max(centre - (centre - low) * factor, first), last - wide);
    this.setZoom([start, start + wide]);
  }

  wheel(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!this.zoom || Math.abs(sideways) < Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    event.preventDefault();
    this.pan((sideways / this.width) * (this.zoom[1] - this.zoom[0]));
  }

  endDrag() {
    const [from, to] = this.drag ?? [0, 0];
    this.drag = this.hold = null;
    if (Math.abs(to - from) > 8) this.setZoom([this.toX(Math.min(from, to)), this.toX(Math.max(from, to))]);
    else this.draw();
  }

  toX(pixel) {
    const [low, high] = this.range();
    return Math.min(high, Math.max(low, this.toFreeX(pixel)));
  }

  toFreeX(pixel) {  // beyond the axis too
    const [low, high] = this.range();
    return low + ((pixel - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * (high - low);
  }

  toPixel(x) {
    const [low, high] = this.range();
    return MARGIN.left + ((x - low) / (high - low || 1)) * (this.width - MARGIN.left - MARGIN.right);
  }

  pointAt(pixel) { this.show(this.toX(pixel)); }

  press(event) {
    const [from, until] = this.range();
    const inView = this.all().flatMap((series) => series.xs).filter((x) => x >= from && x <= until);
    const xs = [...new Set(inView)].sort((a, b) => a - b);
    if (!xs.length) return;
    const last = xs.length - 1;
    const here = this.cursor === null ? last : nearest(xs, this.cursor);
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.setZoom(null);
    if (event.key === "+" || event.key === "-") this.scale(event.key === "+" ? 0.5 : 2);
    if (to === undefined) return;
    event.preventDefault();
    if (event.shiftKey && this.zoom && event.key.startsWith("Arrow")) {
      return this.pan((event.key === "ArrowLeft" ? -0.1 : 0.1) * (this.zoom[1] - this.zoom[0]));
    }
    this.show(xs[Math.min(last, Math.max(0, to))]);
  }

  show(x) {
    this.cursor = x;
    this.readout.textContent = x === null ? "" : this.describe(x);
    this.draw();
  }

  describe(x) {
    const shown = this.all().filter((series) => series.xs.length).map((series) => {
      const index = nearest(series.xs, x);
      return `${series.name} ${this.read(series, index)}`;
    });
    return shown.length ? `${this.data.xTitle} ${short(x)}:  ${shown.join("  ·  ")}` : "";
  }

  // The value of a curve at a point, with the ends of its area.
  read(series, index) {
    const value = short(series.ys[index]);
    if (!series.low) return value;
    const parts = { value, low: short(series.low[index]), high: short(series.high[index]) };
    return this.data.strings.range.replace(/\{(value|low|high)\}/g, (_, name) => parts[name]);
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.appendChild(made);
  return made;
}

function nearest(xs, x) {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
}

function short(number) {
  if (number === undefined || number === null) return "";
  if (number !== 0 && Math.abs(number) < 0.001) return number.toExponential(1);
  return String(Number(number.toPrecision(Math.abs(number) >= 100 ? 6 : 3)));
}

function sum(numbers) { return numbers.reduce((total, number) => total + number, 0); }
