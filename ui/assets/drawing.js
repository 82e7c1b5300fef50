// A picture on which places are marked: boxes and brush strokes, by mouse, finger, pen or keys.
//
// data: { picture, rows, columns, width, marks, turn, tools, most, look, canUndo, canRedo, alt, strings }
// A mark: { kind: "box", left, top, right, bottom } or { kind: "stroke", points: [x, y, x, y, ...], width }, all of it
// in fractions of the picture's sides; the width of a stroke in fractions of the shorter one.
// What is sent: a list of { turn, marks } or { turn, ask: "undo" | "redo" | "clear" }: all that the server has not
// answered yet, for of two messages in a hurry it may get the last alone. It keeps the marks and their history; what
// it answers to an earlier turn comes too late and is left.

const PACE = 0.01;  // of a side: a step of the arrow keys
const KEYS_REST_MS = 350;  // so long after the last key the marks are sent
const MOST_POINTS = 400;  // of a stroke
const WAYS = { ArrowUp: [0, -PACE], ArrowDown: [0, PACE], ArrowLeft: [-PACE, 0], ArrowRight: [PACE, 0] };

export default function ({ data, parentElement, setStateValue }) {
  const drawing = parentElement.lightboxDrawing ?? (parentElement.lightboxDrawing = new Drawing(parentElement, data));
  drawing.tell = setStateValue;  // a trigger can be lost where a button is pressed right after: state stays
  drawing.update(data);
  return () => drawing.rest();
}

class Drawing {
  constructor(parent, data) {
    this.root = made("div", "ld", parent);
    this.tools = made("div", "ld-tools", this.root);
    this.stage = made("div", "ld-stage", this.root);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.picture = made("img", "", this.stage);
    this.picture.draggable = false;
    this.ink = this.stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    this.ink.setAttribute("aria-hidden", "true");
    this.boxes = made("div", "ld-boxes", this.stage);
    this.hint = made("p", "ld-hint", this.root);
    this.spoken = made("output", "ld-spoken", this.root);
    this.tool = data.tools[0];
    this.brush = 0.06;
    this.steps = new Steps(data.turn);
    this.chosen = null;  // number of the box that the keys move
    this.drag = null;
    this.buildTools(data.tools);
    this.listen();
  }

  buildTools(tools) {
    const button = (name, act) => {
      const element = made("button", `ld-do-${name}`, this.tools);
      element.type = "button";
      element.onclick = act;
      return element;
    };
    this.buttons = {};
    if (tools.length > 1) for (const tool of tools) this.buttons[tool] = button(tool, () => this.take(tool));
    if (tools.includes("stroke")) {
      this.size = made("input", "ld-size", this.tools);
      Object.assign(this.size, { type: "range", min: 2, max: 20, step: 1, value: 100 * this.brush });
      this.size.oninput = () => { this.brush = this.size.value / 100; };
    }
    for (const ask of ["undo", "redo", "clear"]) this.buttons[ask] = button(ask, () => this.ask(ask));
  }

  listen() {
    this.stage.addEventListener("pointerdown", (event) => this.press(event));
    this.stage.addEventListener("pointermove", (event) => this.move(event));
    this.stage.addEventListener("pointerup", (event) => this.release(event));
    this.stage.addEventListener("pointercancel", () => this.giveUp());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.boxes.addEventListener("focusin", (event) => this.choose(this.numberOf(event.target)));
  }

  get marks() { return this.steps.marks; }
  set marks(marks) { this.steps.marks = marks; }

  rest() {
    if (this.waiting) this.send();  // keys that were pressed a moment ago
  }

  update(data) {
    this.data = data;
    const { strings } = data;
    if (this.picture.src !== data.picture) this.picture.src = data.picture;
    this.picture.alt = "";
    this.root.style.maxWidth = `${data.width}px`;
    this.root.dataset.look = data.look;
    this.stage.style.aspectRatio = `${data.columns} / ${data.rows}`;
    this.ink.setAttribute("viewBox", `0 0 ${data.columns} ${data.rows}`);
    this.stage.setAttribute("aria-label", `${data.alt} ${data.tools.includes("box") ? strings.keys : ""}`);
    for (const [name, element] of Object.entries(this.buttons)) element.textContent = strings[name];
    if (this.size) this.size.setAttribute("aria-label", strings.size);
    this.hint.textContent = strings.hint;
    if (!this.drag && !this.waiting) this.steps.hear(data);
    this.draw();
  }

  take(tool) {
    this.tool = tool;
    this.draw();
  }

  // -------------------------------------------------------------------- pointers

  at(event) {
    const area = this.stage.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height].map(inside);
  }

  press(event) {
    if (event.button !== 0 || !event.isPrimary || this.drag || this.steps.isBlind) return;
    event.preventDefault();
    const from = this.at(event);
    const before = this.marks;
    const number = this.tool === "box" ? this.numberOf(event.target) : null;
    const corner = event.target.dataset?.corner;
    this.stage.setPointerCapture(event.pointerId);
    if (number !== null) {
      this.drag = { kind: corner ? "corner" : "box", corner, number, from, box: this.marks[number], before };
      this.boxes.children[boxNumbers(this.marks).indexOf(number)]?.focus({ preventScroll: true });
    } else if (this.tool === "box") {
      this.drag = { kind: "new", from, before };
      this.stage.focus({ preventScroll: true });
    } else {
      this.stage.focus({ preventScroll: true });
      this.drag = { kind: "stroke", before, points: [...from] };
      this.marks = [...before, { kind: "stroke", points: [...from], width: this.brush }];
      this.draw();
    }
  }

  move(event) {
    if (!this.drag || !event.isPrimary) return;
    const { kind, from, box, number, corner, before } = this.drag;
    const here = this.at(event);
    if (kind === "stroke") {
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.trail(this.at(one));
    } else if (kind === "new") {
      if (Math.abs(here[0] - from[0]) < LEAST || Math.abs(here[1] - from[1]) < LEAST) return;
      const kept = this.withRoom(before);
      this.marks = [...kept, sorted(from, here)];
      this.chosen = kept.length;
    } else if (kind === "box") {
      this.put(number, shifted(box, here[0] - from[0], here[1] - from[1]));
    } else {
      const [side, edge] = corner.split(" ");
      this.put(number, sorted(
        [side === "left" ? here[0] : box.left, edge === "top" ? here[1] : box.top],
        [side === "right" ? here[0] : box.right, edge === "bottom" ? here[1] : box.bottom],
      ));
    }
    this.draw();
  }

  trail(here) {
    let { points } = this.drag;
    const [x, y] = points.slice(-2);
    if (Math.hypot(here[0] - x, here[1] - y) < 0.004) return;
    points.push(...here);
    if (points.length > 2 * MOST_POINTS) {
      points = points.filter((_value, place) => Math.floor(place / 2) % 2 === 0 || place >= points.length - 2);
      this.drag.points = points;
    }
    this.marks = [...this.drag.before, { kind: "stroke", points: [...points], width: this.brush }];
  }

  release(event) {
    if (!this.drag || !event.isPrimary) return;
    const { before } = this.drag;
    this.drag = null;
    if (this.marks !== before) this.send();
    else this.update(this.data);  // what came meanwhile
  }

  giveUp() {
    if (!this.drag) return;
    this.marks = this.drag.before;
    this.drag = null;
    this.update(this.data);
  }

  // ------------------------------------------------------------------------ keys

  key(event) {
    if ((event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase())) {
      event.preventDefault();
      return this.ask(event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo");
    }
    if (event.ctrlKey || event.metaKey || event.altKey || this.drag || this.steps.isBlind) return;
    const isStage = event.target === this.stage;
    const number = this.numberOf(event.target);
    if (isStage && event.key === "Enter" && this.data.tools.includes("box")) this.addBox();
    else if (number === null) return;
    else if (WAYS[event.key]) this.nudge(number, WAYS[event.key], event.shiftKey);
    else if (["Delete", "Backspace"].includes(event.key)) this.remove(number);
    else if (event.key === "Escape") this.stage.focus();
    else return;
    event.preventDefault();
  }

  addBox() {
    const kept = this.withRoom(this.marks);
    this.marks = [...kept, { kind: "box", left: 0.35, top: 0.35, right: 0.65, bottom: 0.65 }];
    this.send();
    this.boxes.lastElementChild.focus();
  }

  nudge(number, [across, down], isSize) {
    const box = this.marks[number];
    const wider = { right: inside(box.right + across), bottom: inside(box.bottom + down) };
    const next = isSize ? { ...box, ...wider } : shifted(box, across, down);
    if (next.right - next.left < LEAST || next.bottom - next.top < LEAST) return;
    this.put(number, next);
    this.draw();
    this.spoken.textContent = this.words(number);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(), KEYS_REST_MS);
    this.root.dataset.waiting = "";
  }

  remove(number) {
    this.marks = this.marks.filter((_mark, place) => place !== number);
    this.chosen = null;
    this.stage.focus();
    this.send();
  }

  // ---------------------------------------------------------------------- sending

  send() {
    clearTimeout(this.waiting);
    this.waiting = null;
    delete this.root.dataset.waiting;
    this.tell("changed", this.steps.step());
    this.draw();
  }

  ask(what) {
    if (this.waiting) this.send();
    this.tell("changed", this.steps.ask(what));
    this.draw();
  }

  // ---------------------------------------------------------------------- drawing

  numberOf(element) {
    const box = element.closest?.(".ld-box");
    return box ? Number(box.dataset.number) : null;
  }

  // The marks with room for one box more: of too many the last goes.
  withRoom(marks) {
    const numbers = boxNumbers(marks);
    return numbers.length < this.data.most ? marks : marks.filter((_mark, number) => number !== numbers.at(-1));
  }

  put(number, box) { this.marks = this.marks.map((mark, place) => (place === number ? box : mark)); }

  choose(number) {
    if (number === this.chosen) return;
    this.chosen = number;
    this.draw();
  }

  words(number) {
    const { left, top, right, bottom } = this.marks[number];
    const values = { n: boxNumbers(this.marks).indexOf(number) + 1, left, top, right, bottom };
    return this.data.strings.box_at.replace(/\{(\w+)\}/g, (_whole, name) =>
      name === "n" ? values.n : Math.round(100 * values[name]));
  }

  draw() {
    const { canUndo, canRedo, tools } = this.data;
    if (this.chosen !== null && this.marks[this.chosen]?.kind !== "box") this.chosen = null;
    this.stage.dataset.tool = this.tool;
    for (const tool of tools) this.buttons[tool]?.setAttribute("aria-pressed", String(tool === this.tool));
    if (this.size) this.size.hidden = this.tool !== "stroke";
    this.buttons.undo.disabled = !this.steps.can("undo", canUndo);
    this.buttons.redo.disabled = !this.steps.can("redo", canRedo);
    this.buttons.clear.disabled = !this.marks.length;
    showStrokes(this.ink, this.marks, this.data);
    showBoxes(this.boxes, this.marks, { named: (number) => this.words(number), chosen: this.chosen });
  }
}
