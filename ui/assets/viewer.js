// The picture of the viewer: drawn on one canvas that stays, with a crosshair, a scale bar, zoom, and the values
// of the pixel that is pointed at.
//
// data: bytes: the length of a JSON header (uint32, little endian), the header, zlib-compressed planes.
// header: { rows, columns, aspect, stride, spacing, alt, strings, planes: { picture, stored, shown, value, padding } }
// Of a plane: { dtype, shape: [rows, columns, channels], at, size } or null. `value` null means: as stored. `shown`
// null means: as in the picture. The zoom outlives a change of the frame or the window.

const ARRAYS = {
  uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
  uint32: Uint32Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
};
const MOST_ZOOM = 40;
const SMOOTH_BELOW = 4;  // screen pixels a pixel: above, each one is seen as what it is, a square
const BAR_SHARE = 0.3;  // of the width, at most

export default function ({ data, parentElement, setTriggerValue }) {
  const viewer = parentElement.lightboxViewer ?? (parentElement.lightboxViewer = new Viewer(parentElement));
  viewer.tell = setTriggerValue;
  viewer.update(data);
  viewer.watch();
  return () => viewer.rest();
}

class Viewer {
  constructor(parent) {
    const box = element("div", "lbv-box", parent);
    this.root = element("div", "lbv", box);
    const stage = element("div", "lbv-stage", this.root);
    this.canvas = element("canvas", "", stage);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.tools = element("div", "lbv-tools", stage);
    this.buttons = Object.fromEntries([["in", "+"], ["out", "−"], ["all", ""]].map(([name, sign]) => {
      const button = element("button", `lbv-${name}`, this.tools);
      button.type = "button";
      button.textContent = sign;
      return [name, button];
    }));
    this.values = element("dl", "lbv-values", this.root);
    this.cells = Object.fromEntries(["place", "stored", "value", "shown"].map((name) => {
      const cell = element("div", `lbv-${name}`, this.values);
      return [name, { title: element("dt", "", cell), number: element("dd", "", cell) }];
    }));
    this.spoken = element("output", "lbv-spoken", this.root);
    this.spoken.setAttribute("aria-live", "polite");
    this.zoom = 1;
    this.middle = [0.5, 0.5];  // of what is seen, as shares of the picture
    this.cursor = null;  // [row, column]
    this.drag = null;
    this.turn = 0;
    this.listen();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerdown", (event) => {
      this.drag = { from: this.at(event), last: this.at(event), moved: false };
      if (this.zoom > 1) canvas.setPointerCapture(event.pointerId);
      this.point(this.pixelAt(...this.at(event)));
    });
    canvas.addEventListener("pointerup", () => {
      if (this.drag && !this.drag.moved && this.cursor) this.pick();
      this.endDrag();
    });
    canvas.addEventListener("pointercancel", () => this.endDrag());
    canvas.addEventListener("pointerleave", () => { if (!this.drag && !this.isFocused()) this.point(null); });
    canvas.addEventListener("dblclick", (event) => this.zoomTo(this.zoom * 2, this.at(event)));
    // Without the focus, or a key held down, the wheel scrolls the page as everywhere.
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && !this.isFocused()) return;
      event.preventDefault();
      this.zoomTo(this.zoom * Math.exp(-event.deltaY / 400), this.at(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.press(event));
    this.buttons.in.onclick = () => this.zoomTo(this.zoom * 1.6, this.here());
    this.buttons.out.onclick = () => this.zoomTo(this.zoom / 1.6, this.here());
    this.buttons.all.onclick = () => { this.zoomTo(1); canvas.focus(); };
  }

  watch() {
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  rest() { this.observer?.disconnect(); }

  async update(data) {
    if (data === this.seen) return;
    this.seen = data;
    const turn = ++this.turn;
    const bytes = new Uint8Array(data);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const facts = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    const buffers = bytes.subarray(4 + length);
    const names = Object.keys(facts.planes);
    const read = await Promise.all(names.map((name) => unpacked(facts.planes[name], buffers)));
    if (turn !== this.turn) return;  // a newer frame has come meanwhile
    const isOther = !this.facts || this.facts.rows !== facts.rows || this.facts.columns !== facts.columns;
    this.facts = facts;
    this.planes = Object.fromEntries(names.map((name, index) => [name, read[index]]));
    this.bitmap = painted(this.planes.picture);
    if (isOther) Object.assign(this, { zoom: 1, middle: [0.5, 0.5], cursor: null });
    this.name();
    this.point(this.cursor);
    this.canvas.dataset.turn = String(turn);
  }

  name() {
    const { strings, alt } = this.facts;
    this.canvas.setAttribute("aria-label", `${alt} ${strings.hint}`);
    for (const [name, cell] of Object.entries(this.cells)) cell.title.textContent = strings[name];
    for (const name of ["in", "out"]) this.buttons[name].setAttribute("aria-label", strings[name]);
    for (const name of ["in", "out"]) this.buttons[name].title = strings[name];
    this.buttons.all.textContent = strings.all;
  }

  isFocused() { return this.root.getRootNode().activeElement === this.canvas; }

  at(event) {
    const area = this.canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }

  move(event) {
    const here = this.at(event);
    if (this.drag && this.zoom > 1) {
      const [x, y] = [here[0] - this.drag.last[0], here[1] - this.drag.last[1]];
      this.drag.moved ||= Math.hypot(here[0] - this.drag.from[0], here[1] - this.drag.from[1]) > 4;
      this.drag.last = here;
      if (this.drag.moved) {
        const frame = this.frame();
        this.canvas.classList.add("lbv-dragging");
        this.middle = [this.middle[0] - x / frame.width, this.middle[1] - y / frame.height];
      }
    }
    this.point(this.pixelAt(...here));
  }

  endDrag() {
    this.drag = null;
    this.canvas.classList.remove("lbv-dragging");
  }

  press(event) {
    const pace = (event.shiftKey ? 10 : 1) * (this.facts?.stride ?? 1);
    const moves = { ArrowUp: [-pace, 0], ArrowDown: [pace, 0], ArrowLeft: [0, -pace], ArrowRight: [0, pace] };
    const steps = { PageUp: -1, PageDown: 1 };
    const zooms = { "+": this.zoom * 1.6, "=": this.zoom * 1.6, "-": this.zoom / 1.6, 0: 1 };
    if (!this.facts || event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) this.walk(...moves[event.key]);
    else if (steps[event.key]) this.tell("step", steps[event.key]);
    else if (zooms[event.key]) this.zoomTo(zooms[event.key], this.here());
    else if (event.key === "Enter" && this.cursor) this.pick();
    else return;
    event.preventDefault();
  }

  walk(down, across) {
    const { rows, columns } = this.facts;
    const from = this.cursor ?? [Math.floor(rows / 2), Math.floor(columns / 2)];
    const move = this.cursor ? [down, across] : [0, 0];
    this.point([clamp(from[0] + move[0], 0, rows - 1), clamp(from[1] + move[1], 0, columns - 1)]);
    this.follow();
    this.spoken.textContent = this.sentence();
  }

  pick() {
    if (this.facts.stride > 1) this.tell("picked", { row: this.cursor[0], column: this.cursor[1] });
  }

  // Where the picture lies on the canvas: all of it fits at zoom 1.
  frame() {
    const { rows, columns, aspect } = this.facts;
    const fit = Math.min(this.width / columns, this.height / (rows * aspect)) * this.zoom;
    const [width, height] = [columns * fit, rows * aspect * fit];
    this.middle = [[this.middle[0], width, this.width], [this.middle[1], height, this.height]].map(
      ([share, all, seen]) => (all <= seen ? 0.5 : clamp(share, seen / all / 2, 1 - seen / all / 2)),
    );
    return {
      left: this.width / 2 - this.middle[0] * width, top: this.height / 2 - this.middle[1] * height, width, height,
    };
  }

  pixelAt(x, y) {
    if (!this.facts) return null;
    const { rows, columns } = this.facts;
    const frame = this.frame();
    const row = Math.floor(((y - frame.top) / frame.height) * rows);
    const column = Math.floor(((x - frame.left) / frame.width) * columns);
    return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : null;
  }

  zoomTo(zoom, [x, y] = [this.width / 2, this.height / 2]) {
    if (!this.facts) return;
    const before = this.frame();
    const under = [(x - before.left) / before.width, (y - before.top) / before.height];
    this.zoom = clamp(zoom, 1, MOST_ZOOM);
    const after = this.frame();
    this.middle = [under[0] + (this.width / 2 - x) / after.width, under[1] + (this.height / 2 - y) / after.height];
    this.canvas.classList.toggle("lbv-zoomed", this.zoom > 1);
    this.draw();
  }

  // Where the crosshair is on the canvas, or else its middle.
  here() {
    if (!this.cursor) return [this.width / 2, this.height / 2];
    const { rows, columns } = this.facts;
    const frame = this.frame();
    return [
      frame.left + ((this.cursor[1] + 0.5) / columns) * frame.width,
      frame.top + ((this.cursor[0] + 0.5) / rows) * frame.height,
    ];
  }

  // Bring the crosshair into view after a step with the keys.
  follow() {
    const { rows, columns } = this.facts;
    const [x, y] = this.here();
    if (x < 0 || x > this.width) this.middle[0] = (this.cursor[1] + 0.5) / columns;
    if (y < 0 || y > this.height) this.middle[1] = (this.cursor[0] + 0.5) / rows;
    this.draw();
  }

  point(pixel) {
    this.cursor = pixel;
    const read = this.reading();
    for (const [name, cell] of Object.entries(this.cells)) cell.number.textContent = read ? read[name] : "–";
    this.draw();
  }

  // The values of the pixel under the cursor, or of the nearest before it whose values are here.
  reading() {
    if (!this.cursor || !this.planes) return null;
    const { stride, strings } = this.facts;
    const [row, column] = this.cursor.map((place) => Math.floor(place / stride));
    const { stored, value, picture, shown, padding } = this.planes;
    const isPadding = padding && padding.values[row * padding.columns + column];
    return {
      place: `${row * stride}, ${column * stride}`,
      stored: numbers(stored, row, column) + (isPadding ? ` (${strings.padding})` : ""),
      value: numbers(value ?? stored, row, column),
      shown: numbers(shown ?? picture, row, column),
    };
  }

  sentence() {
    const read = this.reading();
    if (!read) return "";
    const [row, column] = read.place.split(", ");
    const words = { ...read, row, column, unit: this.facts.strings.value };
    return this.facts.strings.spoken.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
  }

  draw() {
    if (!this.facts) return;
    const { rows, columns, aspect } = this.facts;
    this.width = Math.max(200, Math.floor(this.root.clientWidth));
    const most = Math.max(320, Math.min(0.78 * window.innerHeight, 1.15 * this.width));
    this.height = Math.round(Math.max(220, Math.min((this.width * rows * aspect) / columns, most)));
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.width * scale), Math.round(this.height * scale)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.canvas.style.height = `${this.height}px`;
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = "#000000";
    pen.fillRect(0, 0, this.width, this.height);
    const frame = this.frame();
    pen.imageSmoothingEnabled = frame.width / columns < SMOOTH_BELOW;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.bitmap, frame.left, frame.top, frame.width, frame.height);
    if (this.cursor) this.drawCursor(pen, frame);
    if (this.facts.spacing) this.drawBar(pen, frame);
    this.buttons.all.hidden = this.zoom <= 1;
    this.canvas.dataset.zoom = this.zoom.toFixed(2);
  }

  drawCursor(pen, frame) {
    const { rows, columns } = this.facts;
    const [wide, high] = [frame.width / columns, frame.height / rows];
    const [left, top] = [frame.left + this.cursor[1] * wide, frame.top + this.cursor[0] * high];
    const [x, y] = [left + wide / 2, top + high / 2];
    const gap = Math.max(6, wide);
    const lines = [[x, 0, x, y - gap], [x, y + gap, x, this.height], [0, y, x - gap, y], [x + gap, y, this.width, y]];
    for (const [colour, thick] of [["rgb(0 0 0 / 0.4)", 3], ["#56b4e9", 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.beginPath();
      for (const [fromX, fromY, toX, toY] of lines) { pen.moveTo(fromX, fromY); pen.lineTo(toX, toY); }
      if (wide >= 4) pen.rect(left, top, wide, high);
      pen.stroke();
    }
  }

  drawBar(pen, frame) {
    const perMillimetre = frame.width / this.facts.columns / this.facts.spacing;
    const most = (BAR_SHARE * this.width) / perMillimetre;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = power * [5, 2, 1].find((step) => step * power <= most);
    const [left, bottom, wide] = [14, this.height - 14, length * perMillimetre];
    this.canvas.dataset.bar = `${length} mm = ${wide.toFixed(1)} px`;
    const words = `${Number(length.toPrecision(1))} ${this.facts.strings.millimetres}`;
    pen.font = "600 13px sans-serif";
    for (const [colour, thick] of [["rgb(0 0 0 / 0.75)", 6], ["#ffffff", 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.lineJoin = "round";
      pen.beginPath();
      pen.moveTo(left, bottom - 7);
      pen.lineTo(left, bottom);
      pen.lineTo(left + wide, bottom);
      pen.lineTo(left + wide, bottom - 7);
      pen.stroke();
      if (thick > 2) pen.strokeText(words, left + 6, bottom - 8);
    }
    pen.fillStyle = "#ffffff";
    pen.fillText(words, left + 6, bottom - 8);
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.appendChild(made);
  return made;
}

function clamp(value, low, high) { return Math.max(low, Math.min(high, value)); }

async function unpacked(plane, buffers) {
  if (!plane) return null;
  const stream = new Blob([buffers.subarray(plane.at, plane.at + plane.size)]).stream();
  const raw = await new Response(stream.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
  const [rows, columns, channels] = plane.shape;
  return { values: new ARRAYS[plane.dtype](raw), rows, columns, channels };
}

function painted({ values, rows, columns, channels }) {
  const pixels = new Uint8ClampedArray(4 * rows * columns).fill(255);
  for (let place = 0; place < rows * columns; place += 1)
    for (let channel = 0; channel < 3; channel += 1)
      pixels[4 * place + channel] = values[channels === 3 ? 3 * place + channel : place];
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: columns, height: rows });
  canvas.getContext("2d").putImageData(new ImageData(pixels, columns, rows), 0, 0);
  return canvas;
}

function numbers({ values, columns, channels }, row, column) {
  const start = (row * columns + column) * channels;
  return Array.from(values.subarray(start, start + channels), short).join(", ");
}

function short(value) { return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6))); }
