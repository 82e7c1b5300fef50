// The live chart: panels that share an x axis, drawn on one canvas that stays while its data grows.
//
// data: { panels: [{ yTitle, low, high, series: [{ name, legend, colour, dashed, faint, dots, xs, ys }] }],
//         bands: [{ low, high, label }], marks: [{ x, label }], axis, xTitle, xHigh, alt, height,
//         strings: { hint, panHint, reset, nearer, farther, waiting } }
// Drag to zoom in, Shift and drag (or a sideways wheel, or Shift and an arrow) to move along, double click or the
// button to see all; arrow keys move the readout. The view outlives updates, until `axis` changes.

const COLOURS = {  // Okabe and Ito, a darker and a lighter one for the two rooms
  light: { blue: "#0072B2", orange: "#D55E00", green: "#00805E", purple: "#A8538A", sky: "#2A8FC7", yellow: "#A67C00",
    brown: "#8B5E3C", grey: "#7C8799" },
  dark: { blue: "#56B4E9", orange: "#E69F00", green: "#2FC39A", purple: "#CC79A7", sky: "#9AD5F5", yellow: "#F0E442",
    brown: "#C49A6C", grey: "#76839A" },
};
const MARGIN = { left: 58, right: 12, top: 22, bottom: 42 };
const GAP = 30;

export default function ({ data, parentElement }) {
  const chart = parentElement.lightboxChart ?? (parentElement.lightboxChart = new Chart(parentElement));
  chart.update(data);
  chart.watch();
  return () => chart.rest();
}

class Chart {
  constructor(parent) {
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
    this.canvas.dataset.marks = String((data.marks ?? []).length);
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
      return `${series.name} ${short(series.ys[index])}`;
    });
    return shown.length ? `${this.data.xTitle} ${short(x)}:  ${shown.join("  ·  ")}` : "";
  }

  draw() {
    if (!this.data) return;
    this.width = Math.max(220, Math.floor(this.root.clientWidth));
    const height = this.data.height;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== this.width * scale || this.canvas.height !== height * scale) {
      this.canvas.width = this.width * scale;
      this.canvas.height = height * scale;
      this.canvas.style.height = `${height}px`;
    }
    this.style = this.readStyle();
    this.drawLegend();
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.width, height);
    pen.font = `12px ${this.style.font}`;
    const panels = this.data.panels;
    const each = (height - MARGIN.top - MARGIN.bottom - GAP * (panels.length - 1)) / panels.length;
    panels.forEach((panel, index) => {
      this.drawPanel(pen, panel, MARGIN.top + index * (each + GAP), each, index === panels.length - 1);
    });
    this.drawDrag(pen, height);
  }

  readStyle() {
    const style = getComputedStyle(this.root);
    const text = style.color;
    const isDark = brightness(text) > 128;
    return { text, isDark, font: style.fontFamily, colours: isDark ? COLOURS.dark : COLOURS.light };
  }

  drawLegend() {
    const listed = this.all().filter((series) => series.legend !== null);
    const shown = new Map(listed.map((series) => [series.legend || series.name, series]));
    const state = JSON.stringify([this.style.isDark, [...shown.keys()]]);
    if (this.legendState === state) return;
    this.legendState = state;
    this.legend.replaceChildren(...[...shown].map(([label, series]) => {
      const item = document.createElement("li");
      const line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      line.setAttribute("width", "26");
      line.setAttribute("height", "10");
      line.setAttribute("aria-hidden", "true");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", "M1 5H25");
      path.setAttribute("stroke", this.style.colours[series.colour]);
      path.setAttribute("stroke-width", series.faint ? "1.5" : "2.5");
      if (series.dashed) path.setAttribute("stroke-dasharray", "5 3");
      line.append(path);
      item.append(line, label);
      return item;
    }));
  }

  drawPanel(pen, panel, top, height, isLast) {
    const [low, high] = this.heights(panel);
    const y = (value) => top + height - ((value - low) / (high - low || 1)) * height;
    this.drawBands(pen, top, height, panel === this.data.panels[0]);
    const { text } = this.style;
    pen.fillStyle = text;
    pen.strokeStyle = text;
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const tick of ticks(low, high, height < 130 ? 3 : 5)) {
      pen.globalAlpha = 0.14;
      line(pen, MARGIN.left, y(tick), this.width - MARGIN.right, y(tick));
      pen.globalAlpha = 0.85;
      pen.fillText(short(tick), MARGIN.left - 8, y(tick));
    }
    pen.textAlign = "left";
    pen.globalAlpha = 1;
    pen.font = `600 12px ${this.style.font}`;
    pen.fillText(panel.yTitle, MARGIN.left, top - 12);
    pen.font = `12px ${this.style.font}`;
    this.drawXAxis(pen, top, height, isLast);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left - 4, top - 4, this.width - MARGIN.left - MARGIN.right + 8, height + 8);
    pen.clip();
    for (const series of panel.series) this.drawSeries(pen, series, y);
    this.drawCursor(pen, panel, y, top, height);
    pen.restore();
    if (panel.series.every((series) => !series.xs.length)) {
      pen.textAlign = "center";
      pen.fillText(this.data.strings.waiting, (MARGIN.left + this.width) / 2, top + height / 2);
    }
  }

  // Stages as bands, every other one shaded, named in the first panel; events as dotted lines with their numbers.
  drawBands(pen, top, height, isFirst) {
    const right = this.width - MARGIN.right;
    const clip = (x) => Math.min(right, Math.max(MARGIN.left, this.toPixel(x)));
    pen.textBaseline = "middle";
    (this.data.bands ?? []).forEach((band, index) => {
      const [from, to] = [clip(band.low), clip(band.high)];
      if (to - from < 1) return;
      pen.fillStyle = this.style.text;
      pen.globalAlpha = index % 2 ? 0.09 : 0.03;
      pen.fillRect(from, top, to - from, height);
      pen.globalAlpha = 0.85;
      pen.textAlign = "right";
      const label = isFirst && fitted(pen, band.label, to - from - 8);
      if (label) pen.fillText(label, to - 4, top + 9);
    });
    pen.strokeStyle = pen.fillStyle = this.style.colours.orange;
    pen.globalAlpha = 0.9;
    pen.lineWidth = 1.2;
    pen.setLineDash([2, 3]);
    const seen = (this.data.marks ?? []).filter((mark) => clip(mark.x) === this.toPixel(mark.x));
    for (const mark of seen) {
      line(pen, this.toPixel(mark.x), top, this.toPixel(mark.x), top + height);
      pen.textAlign = "left";
      pen.fillText(mark.label, this.toPixel(mark.x) + 3, top + height - 8);
    }
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  drawXAxis(pen, top, height, isLast) {
    pen.globalAlpha = 0.5;
    line(pen, MARGIN.left, top + height, this.width - MARGIN.right, top + height);
    pen.globalAlpha = 0.85;
    if (isLast) {
      pen.textAlign = "center";
      pen.textBaseline = "top";
      const [low, high] = this.range();
      for (const tick of ticks(low, high, Math.max(3, Math.floor(this.width / 110)))) {
        pen.fillText(short(tick), this.toPixel(tick), top + height + 6);
      }
      pen.globalAlpha = 1;
      pen.fillText(this.data.xTitle, (MARGIN.left + this.width - MARGIN.right) / 2, top + height + 24);
    }
    pen.globalAlpha = 1;
    pen.textBaseline = "middle";
  }

  heights(panel) {
    if (panel.low !== null && panel.high !== null) return [panel.low, panel.high];
    const [from, to] = this.range();
    const ys = panel.series.flatMap((s) => s.ys.filter((_, i) => s.xs[i] >= from && s.xs[i] <= to));
    if (!ys.length) return [panel.low ?? 0, panel.high ?? 1];
    const low = panel.low ?? Math.min(...ys);
    const high = panel.high ?? Math.max(...ys);
    const air = (high - low || 1) * 0.06;
    return [panel.low ?? low - air, panel.high ?? high + air];
  }

  drawSeries(pen, series, y) {
    pen.strokeStyle = pen.fillStyle = this.style.colours[series.colour];
    pen.lineWidth = series.faint ? 1.4 : 2.2;
    pen.lineJoin = "round";
    pen.setLineDash(series.dashed ? [6, 4] : []);
    pen.beginPath();
    series.xs.forEach((x, i) => pen[i ? "lineTo" : "moveTo"](this.toPixel(x), y(series.ys[i])));
    pen.stroke();
    pen.setLineDash([]);
    if (series.dots || series.xs.length === 1) {
      series.xs.forEach((x, i) => dot(pen, this.toPixel(x), y(series.ys[i]), 3));
    }
  }

  drawCursor(pen, panel, y, top, height) {
    if (this.cursor === null) return;
    pen.strokeStyle = this.style.text;
    pen.lineWidth = 1;
    pen.globalAlpha = 0.5;
    line(pen, this.toPixel(this.cursor), top, this.toPixel(this.cursor), top + height);
    pen.globalAlpha = 1;
    for (const series of panel.series.filter((s) => s.xs.length)) {
      const index = nearest(series.xs, this.cursor);
      pen.fillStyle = this.style.colours[series.colour];
      dot(pen, this.toPixel(series.xs[index]), y(series.ys[index]), 4.5);
    }
  }

  drawDrag(pen, height) {
    if (!this.drag) return;
    const [from, to] = this.drag;
    pen.globalAlpha = 0.15;
    pen.fillStyle = this.style.text;
    pen.fillRect(Math.min(from, to), MARGIN.top, Math.abs(to - from), height - MARGIN.top - MARGIN.bottom);
    pen.globalAlpha = 1;
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.appendChild(made);
  return made;
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// The label, cut to a width in pixels; nothing where not even a few letters have room.
function fitted(pen, label, width) {
  if (pen.measureText(label).width <= width) return label;
  let n = label.length - 1;
  while (n > 2 && pen.measureText(`${label.slice(0, n)}…`).width > width) n -= 1;
  return n > 2 ? `${label.slice(0, n)}…` : "";
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
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

function ticks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= raw);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k += 1) found.push(k * step);
  return found;
}

function short(number) {
  if (number === undefined || number === null) return "";
  if (number !== 0 && Math.abs(number) < 0.001) return number.toExponential(1);
  return String(Number(number.toPrecision(Math.abs(number) >= 100 ? 6 : 3)));
}

function sum(numbers) { return numbers.reduce((total, number) => total + number, 0); }

function brightness(colour) {
  const [r, g, b] = (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b;
}
