// How the live chart is drawn: panels, axes, curves, stages and events, on one canvas.
// The data and what is in view are those of Chart in live_chart.js, which is put behind this file.

const COLOURS = {  // Okabe and Ito, a darker and a lighter one for the two rooms
  light: { blue: "#0072B2", orange: "#D55E00", green: "#00805E", purple: "#A8538A", sky: "#2A8FC7", yellow: "#A67C00",
    brown: "#8B5E3C", grey: "#7C8799" },
  dark: { blue: "#56B4E9", orange: "#E69F00", green: "#2FC39A", purple: "#CC79A7", sky: "#9AD5F5", yellow: "#F0E442",
    brown: "#C49A6C", grey: "#76839A" },
};
const MARGIN = { left: 58, right: 12, top: 22, bottom: 42 };
const GAP = 30;
const AREA_ALPHA = 0.2;

class Drawing {
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
    const areas = [...shown.values()].map((series) => Boolean(series.low));
    const state = JSON.stringify([this.style.isDark, [...shown.keys()], areas]);
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
      if (series.low) line.append(swatch(this.style.colours[series.colour]));
      line.append(path);
      item.append(line, label);
      return item;
    }));
  }

  drawPanel(pen, panel, top, height, isLast) {
    const [low, high] = this.heights(panel);
    const y = (value) => top + height - ((value - low) / (high - low || 1)) * height;
    this.drawBands(pen, top, height, panel === this.data.panels[0]);
    this.drawSpans(pen, top, height);
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
    for (const series of panel.series) this.drawArea(pen, series, y);  // all of them first: no line is hidden
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

  // Where a fault shows: a bar along the top with its letter in a box, and a light shade below it. Bars of
  // several lie under each other; boxes that would hide each other stand side by side.
  drawSpans(pen, top, height) {
    const right = this.width - MARGIN.right;
    const clip = (x) => Math.min(right, Math.max(MARGIN.left, this.toPixel(x)));
    (this.data.spans ?? []).forEach((span, index) => {
      const [from, to] = [clip(span.low), clip(span.high)];
      if (to - from < 1) return;
      const before = this.data.spans.slice(0, index).filter((other) => Math.abs(clip(other.low) - from) < 16);
      const left = Math.min(from + 16 * before.length, right - 15);
      pen.fillStyle = this.style.colours.purple;
      pen.globalAlpha = 0.1;
      pen.fillRect(from, top, to - from, height);
      pen.globalAlpha = 1;
      pen.fillRect(from, top + 4 * index, to - from, 3);
      pen.fillRect(left, top, 15, 15);
      pen.fillStyle = this.style.isDark ? "#000" : "#fff";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.font = `600 11px ${this.style.font}`;
      pen.fillText(span.label, left + 7.5, top + 8);
    });
    pen.font = `12px ${this.style.font}`;
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
    const ys = panel.series.flatMap((s) => [s.ys, s.low ?? [], s.high ?? []]
      .flatMap((values) => values.filter((_, i) => s.xs[i] >= from && s.xs[i] <= to)));
    if (!ys.length) return [panel.low ?? 0, panel.high ?? 1];
    const low = panel.low ?? Math.min(...ys);
    const high = panel.high ?? Math.max(...ys);
    const air = (high - low || 1) * 0.06;
    return [panel.low ?? low - air, panel.high ?? high + air];
  }

  // What lies between the ends of a curve that has them, such as the lowest and the highest of several runs.
  drawArea(pen, series, y) {
    if (!series.low || !series.xs.length) return;
    pen.fillStyle = this.style.colours[series.colour];
    pen.globalAlpha = AREA_ALPHA;
    pen.beginPath();
    series.xs.forEach((x, i) => pen[i ? "lineTo" : "moveTo"](this.toPixel(x), y(series.high[i])));
    for (let i = series.xs.length - 1; i >= 0; i -= 1) pen.lineTo(this.toPixel(series.xs[i]), y(series.low[i]));
    pen.closePath();
    pen.fill();
    pen.globalAlpha = 1;
  }

  drawSeries(pen, series, y) {
    pen.strokeStyle = pen.fillStyle = this.style.colours[series.colour];
    pen.lineWidth = series.faint ? 1.4 : 2.2;
    pen.lineJoin = "round";
    pen.setLineDash(series.dashed ? [6, 4] : []);
    pen.globalAlpha = series.faint && series.colour !== "grey" ? 0.4 : 1;  // grey is pale as it is
    pen.beginPath();
    series.xs.forEach((x, i) => pen[i ? "lineTo" : "moveTo"](this.toPixel(x), y(series.ys[i])));
    pen.stroke();
    pen.setLineDash([]);
    if (series.dots || series.xs.length === 1) {
      series.xs.forEach((x, i) => dot(pen, this.toPixel(x), y(series.ys[i]), 3));
    }
    pen.globalAlpha = 1;
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

function swatch(colour) {
  const area = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const values = { width: "26", height: "10", fill: colour, "fill-opacity": String(AREA_ALPHA) };
  for (const [name, value] of Object.entries(values)) area.setAttribute(name, value);
  return area;
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

function ticks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= raw);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k += 1) found.push(k * step);
  return found;
}

function brightness(colour) {
  const [r, g, b] = (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b;
}
