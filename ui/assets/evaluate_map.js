// A map of images by what a network makes of them: the picture under the cursor, a click opens it.
//
// data: { name, classes: [{ name, colour }], places (int16, thousandths), ids (int32), truth, called (int16), surely
//         (int16, thousandths; -1 unknown), nTraining, src, trainingSrc ("…/{id}.jpg"), opened, strings }
// The last nTraining points are training images: faint, under the others. A filled dot is called right, a cross wrong.
// Mouse: hover shows, click opens. Touch: a tap shows, "open" in the card opens. Keys: arrows walk, Enter opens.

const NEAR = 22;  // pixels from a point within which it is meant

export default function ({ data, parentElement, setTriggerValue }) {
  const map = parentElement.lightboxMap ?? (parentElement.lightboxMap = new ImageMap(parentElement));
  map.send = setTriggerValue;
  map.update(data);
  map.watch();
  return () => map.rest();
}

class ImageMap {
  constructor(parent) {
    this.root = made("div", "em", parent);
    this.stage = made("div", "em-stage", this.root);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.canvas = made("canvas", "", this.stage);
    this.card = made("div", "em-card", this.stage);
    this.legend = made("div", "em-legend", this.root);
    this.spoken = made("p", "em-spoken", this.root);
    this.spoken.setAttribute("aria-live", "polite");
    this.at = null;  // the point that is looked at
    this.only = null;  // the class that is picked out
    this.listen();
  }

  listen() {
    this.stage.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.point(event));
    this.stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.look(null));
    this.stage.addEventListener("click", (event) => {
      if (event.target.closest(".em-open")) return this.open();
      this.point(event);
      if (event.pointerType === "mouse") this.open();
    });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("focusout", (event) => !this.stage.contains(event.relatedTarget) && this.look(null));
    this.root.addEventListener("transitionend", (event) => event.target === this.root && this.draw());
  }

  watch() {
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  rest() { this.observer?.disconnect(); }

  update(data) {
    const unpacked = { places: Int16Array, ids: Int32Array, truth: Int16Array, called: Int16Array, surely: Int16Array };
    const arrays = Object.entries(unpacked).map(([name, Kind]) => [name, numbers(data[name], Kind)]);
    this.data = { ...data, ...Object.fromEntries(arrays) };
    this.n = this.data.ids.length;
    this.stage.setAttribute("aria-label", data.name);
    if (this.at !== null && this.at >= this.n) this.at = null;
    this.buildLegend();
    this.draw();
    if (this.at !== null) this.look(this.at);
  }

  buildLegend() {
    const { classes, strings, nTraining } = this.data;
    const looks = JSON.stringify([classes, strings, nTraining > 0]);
    if (looks === this.looks) return;
    this.looks = looks;
    this.only = null;
    this.legend.replaceChildren();
    classes.forEach(({ name, colour }, code) => {
      const button = made("button", "em-class", this.legend);
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.title = strings.pick;
      made("span", "em-dot", button).style.background = colour;
      made("span", "", button).textContent = name;
      button.addEventListener("click", () => {
        this.only = this.only === code ? null : code;
        [...this.legend.querySelectorAll(".em-class")].forEach((other, place) => {
          other.setAttribute("aria-pressed", String(place === this.only));
        });
        this.draw();
      });
    });
    const kinds = [["\u25cf", strings.right], ["\u2715", strings.wrong], ...(nTraining ? [["\u25cb", strings.training]] : [])];
    for (const [sign, words] of kinds) {
      const entry = made("span", "em-kind", this.legend);
      made("b", "", entry).textContent = sign;
      made("span", "", entry).textContent = words;
    }
  }

  isTraining(point) { return point >= this.n - this.data.nTraining; }
  isShown(point) { return this.only === null || this.data.truth[point] === this.only; }

  draw() {
    if (!this.data || !this.root.isConnected) return;
    const look = getComputedStyle(this.root);
    [this.ink, this.paper] = [look.color, look.getPropertyValue("--st-background-color") || "#fff"];
    this.width = this.stage.clientWidth || 420;
    this.height = Math.max(260, Math.min(430, Math.round(this.width * 0.78)));
    const ratio = window.devicePixelRatio || 1;
    [this.canvas.width, this.canvas.height] = [this.width * ratio, this.height * ratio];
    this.canvas.style.height = `${this.height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    this.lay();
    const order = [...Array(this.n).keys()].sort((a, b) => this.layer(a) - this.layer(b));
    for (const point of order) this.mark(pen, point);
    for (const point of [this.at, this.data.ids.indexOf(this.data.opened)]) {
      if (point !== null && point >= 0) this.ring(pen, point);
    }
  }

  // Across and up have one scale: distances count.
  lay() {
    const { places } = this.data;
    const ends = [0, 1].map((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (let place = axis; place < places.length; place += 2) {
        low = Math.min(low, places[place]);
        high = Math.max(high, places[place]);
      }
      return [low, high];
    });
    const [spanX, spanY] = ends.map(([low, high]) => Math.max(high - low, 1));
    const unit = Math.min((this.width - 30) / spanX, (this.height - 30) / spanY);
    const [middleX, middleY] = ends.map(([low, high]) => (low + high) / 2);
    this.put = (point) => [
      this.width / 2 + (places[2 * point] - middleX) * unit,
      this.height / 2 - (places[2 * point + 1] - middleY) * unit,
    ];
  }

  layer(point) {
    if (this.isTraining(point)) return 0;
    return this.data.truth[point] === this.data.called[point] ? 1 : 2;
  }

  mark(pen, point) {
    const [x, y] = this.put(point);
    const layer = this.layer(point);
    const size = this.n > 1500 ? 3 : 4.5;
    pen.globalAlpha = (this.isShown(point) ? 1 : 0.12) * (layer === 0 ? 0.4 : 0.9);
    pen.fillStyle = pen.strokeStyle = this.data.classes[this.data.truth[point]].colour;
    pen.beginPath();
    if (layer === 2) {
      pen.lineWidth = 2.4;
      pen.moveTo(x - size, y - size);
      pen.lineTo(x + size, y + size);
      pen.moveTo(x + size, y - size);
      pen.lineTo(x - size, y + size);
      pen.stroke();
    } else {
      pen.arc(x, y, layer === 0 ? size - 1 : size, 0, 2 * Math.PI);
      pen.lineWidth = 1.1;
      if (layer === 0) pen.stroke(); else pen.fill();
    }
    pen.globalAlpha = 1;
  }

  ring(pen, point) {
    const [x, y] = this.put(point);
    pen.strokeStyle = this.ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 9, 0, 2 * Math.PI);
    pen.stroke();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, NEAR ** 2];
    for (let point = 0; point < this.n; point += 1) {
      if (!this.isShown(point)) continue;
      const [px, py] = this.put(point);
      const far = (px - x) ** 2 + (py - y) ** 2 + (this.isTraining(point) ? 25 : 0);  // what is judged comes first
      if (far < least) [best, least] = [point, far];
    }
    if (best !== this.at) this.look(best);
  }

  look(point) {
    this.at = point;
    this.draw();
    this.card.hidden = point === null;
    if (point === null) return;
    const { data } = this, id = data.ids[point];
    const lines = this.words(point);
    this.card.replaceChildren();
    const film = made("span", "em-film", this.card);
    const address = (this.isTraining(point) ? data.trainingSrc : data.src).replace("{id}", String(id));
    if (address) {
      const image = made("img", "", film);
      image.alt = "";
      image.onerror = () => { image.remove(); made("span", "em-missing", film).textContent = data.strings.missing; };
      image.src = address;
    } else made("span", "em-missing", film).textContent = data.strings.missing;
    lines.forEach((line, place) => { made("span", place ? "em-line" : "em-title", this.card).textContent = line; });
    const open = made("button", "em-open", this.card);
    [open.type, open.tabIndex, open.textContent] = ["button", -1, data.strings.open];
    this.spoken.textContent = lines.join(", ");
    const [x, y] = this.put(point);
    const [width, height] = [this.card.offsetWidth, this.card.offsetHeight];
    const left = x + 16 + width < this.width ? x + 16 : Math.max(4, x - 16 - width);
    this.card.style.left = `${Math.min(left, Math.max(4, this.width - width - 4))}px`;
    this.card.style.top = `${Math.max(4, Math.min(y - height / 2, this.height - height - 4))}px`;
  }

  words(point) {
    const { classes, truth, called, surely, ids, strings } = this.data;
    const name = classes[truth[point]].name;
    if (this.isTraining(point)) return [fill(strings.inTraining, { truth: name }), fill(strings.number, { n: ids[point] })];
    const say = fill(strings.said, { truth: name, called: classes[called[point]].name });
    const sure = surely[point] < 0 ? [] : [fill(strings.sure, { p: (surely[point] / 1000).toFixed(2) })];
    return [say, ...sure, fill(strings.number, { n: ids[point] })];
  }

  open() {
    if (this.at === null) return;
    this.send("opened", { id: this.data.ids[this.at], training: this.isTraining(this.at) });
  }

  key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (!way && !["Enter", "Escape"].includes(event.key)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.key === "Enter") return this.open();
    if (event.key === "Escape") return this.look(null);
    this.look(this.at === null ? 0 : this.next(way));
  }

  // The nearest point that lies more in this way than beside it.
  next([wayX, wayY]) {
    const [x, y] = this.put(this.at);
    let [best, least] = [this.at, Infinity];
    for (let point = 0; point < this.n; point += 1) {
      if (point === this.at || !this.isShown(point)) continue;
      const [px, py] = this.put(point);
      const along = (px - x) * wayX + (py - y) * wayY;
      const beside = Math.abs((px - x) * wayY + (py - y) * wayX);
      const cost = along + 2 * beside;
      if (along > 0 && beside <= along && cost < least) [best, least] = [point, cost];
    }
    return best;
  }
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function numbers(base64, Kind) {
  return new Kind(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)).buffer);
}

function made(kind, name, parent) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  parent?.append(element);
  return element;
}
