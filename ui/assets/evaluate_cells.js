// A confusion matrix whose cells are buttons: a click, Enter or the space bar opens the images of a cell, arrows walk.
//
// data: { alt, names, counts, shares, percents, chosen: [row, column] | null, strings: { truth, called, cell } }
// rows are the truth. A click sends "picked" { truth, called }.

const MOST_IN_WORDS = 12;  // classes; of more, a cell shows its number alone, and small
const RIGHT = [0, 114, 178], WRONG = [213, 94, 0];

export default function ({ data, parentElement, setTriggerValue }) {
  const cells = parentElement.lightboxCells ?? (parentElement.lightboxCells = new Cells(parentElement));
  cells.send = setTriggerValue;
  cells.update(data);
}

class Cells {
  constructor(parent) {
    this.root = made("div", "ce", parent);
    this.box = made("div", "ce-box", this.root);
    this.table = made("table", "ce-table", this.box);
    this.table.setAttribute("role", "grid");
    this.words = made("p", "ce-words", this.root);
    this.at = [0, 0];
    this.root.addEventListener("transitionend", (event) => event.target === this.root && this.paint());
    this.table.addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.table.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["focusin", "pointerover"]) {
      this.table.addEventListener(kind, (event) => this.say(event.target.closest("button"), kind === "focusin"));
    }
    this.table.addEventListener("pointerleave", () => this.rest());
  }

  update(data) {
    const before = this.data;
    this.data = data;
    const names = JSON.stringify([data.names, data.strings]);
    if (names !== this.names) this.build();
    this.names = names;
    if (data.chosen && JSON.stringify(data.chosen) !== JSON.stringify(before?.chosen ?? null)) this.at = data.chosen;
    this.table.setAttribute("aria-label", data.alt);
    this.fill();
    this.paint();
    this.rest();
  }

  build() {
    const { names, strings } = this.data;
    const small = names.length > MOST_IN_WORDS;
    this.root.dataset.small = String(small);
    this.table.replaceChildren();
    const head = made("thead", "", this.table);
    const top = made("tr", "", head);
    made("td", "ce-corner", top).textContent = `${strings.truth} \u2193 \u00b7 ${strings.called} \u2192`;
    for (const name of names) heading(top, name, "col");
    const body = made("tbody", "", this.table);
    this.cells = names.map((name, row) => {
      const line = made("tr", "", body);
      heading(line, name, "row");
      return names.map((_, column) => {
        const place = made("td", "", line);
        place.setAttribute("role", "gridcell");
        const button = made("button", "ce-cell", place);
        button.type = "button";
        [button.dataset.row, button.dataset.column] = [row, column];
        made("b", "", button);
        made("span", "", button);
        return button;
      });
    });
    this.at = this.at.map((place) => Math.min(place, names.length - 1));
  }

  fill() {
    const { counts, percents, chosen } = this.data;
    const small = this.root.dataset.small === "true";
    this.each((button, row, column) => {
      const [number, percent] = button.children;
      number.textContent = small && !counts[row][column] ? "" : String(counts[row][column]);
      percent.textContent = small ? "" : percents[row][column];
      button.setAttribute("aria-label", this.name(row, column));
      button.title = this.name(row, column);
      const isChosen = chosen && chosen[0] === row && chosen[1] === column;
      button.setAttribute("aria-pressed", String(Boolean(isChosen)));
      button.tabIndex = row === this.at[0] && column === this.at[1] ? 0 : -1;
    });
  }

  // The words of a cell are black or white, whichever is told better from its colour on this paper.
  paint() {
    if (!this.data) return;
    const paper = rgb(getComputedStyle(this.root).getPropertyValue("--st-background-color"));
    this.each((button, row, column) => {
      const part = 0.07 + 0.83 * this.data.shares[row][column];
      const colour = (row === column ? RIGHT : WRONG).map((value, channel) => value * part + paper[channel] * (1 - part));
      button.style.background = `rgb(${colour.map(Math.round).join(",")})`;
      button.style.color = light(colour) > 0.179 ? "#0b1220" : "#ffffff";
    });
  }

  each(act) { this.cells.forEach((line, row) => line.forEach((button, column) => act(button, row, column))); }

  name(row, column) {
    const { names, counts, percents, strings } = this.data;
    const words = strings.cell.split("{truth}").map((part) => part.split("{called}").join(names[column])).join(names[row]);
    const percent = percents[row][column] ? ` (${percents[row][column]})` : "";
    return `${words}: ${counts[row][column]}${percent}`;
  }

  say(button, hasFocus) {
    if (!button) return;
    const place = [Number(button.dataset.row), Number(button.dataset.column)];
    this.words.textContent = this.name(...place);
    if (!hasFocus) return;
    this.cells[this.at[0]][this.at[1]].tabIndex = -1;
    button.tabIndex = 0;
    this.at = place;
  }

  rest() { this.words.textContent = this.data.chosen ? this.name(...this.data.chosen) : this.data.strings.hint; }

  press(button) {
    if (!button) return;
    this.send("picked", { truth: Number(button.dataset.row), called: Number(button.dataset.column) });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.cells.length - 1, [row, column] = this.at;
    const to = {
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column], Home: [row, 0], End: [row, last],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const next = to.map((place) => Math.max(0, Math.min(last, place)));
    this.cells[next[0]][next[1]].focus();
  }
}

function heading(parent, name, scope) {
  const cell = made("th", "", parent);
  cell.scope = scope;
  cell.title = name;
  made("span", "", cell).textContent = name;
}

function rgb(text) {
  const found = /^#([0-9a-f]{6})$/i.exec(text.trim());
  const number = found ? parseInt(found[1], 16) : 0xffffff;
  return [number >> 16, (number >> 8) & 255, number & 255];
}

// Relative luminance (WCAG 2.2).
function light(colour) {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function made(kind, name, parent) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  parent?.append(element);
  return element;
}
