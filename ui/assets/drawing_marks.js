// What a mark on a picture is made of: drawing.js stands on it.

const LEAST = 0.012;  // of a side: a smaller box was a click

function inside(share) { return Math.max(0, Math.min(1, share)); }

function sorted([x, y], [u, v]) {
  const across = [Math.min(x, u), Math.max(x, u, Math.min(x, u) + LEAST)];
  const down = [Math.min(y, v), Math.max(y, v, Math.min(y, v) + LEAST)];
  const back = ([low, high]) => (high > 1 ? [1 - (high - low), 1] : [low, high]);
  const [[left, right], [top, bottom]] = [back(across), back(down)];
  return { kind: "box", left, top, right, bottom };
}

function shifted(box, across, down) {
  const x = Math.max(-box.left, Math.min(1 - box.right, across));
  const y = Math.max(-box.top, Math.min(1 - box.bottom, down));
  return { ...box, left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y };
}

function boxNumbers(marks) { return marks.flatMap(({ kind }, number) => (kind === "box" ? [number] : [])); }

function rounded(mark) {
  const short = (value) => Math.round(1e4 * inside(value)) / 1e4;
  const parts = Object.entries(mark).map(([name, value]) => {
    if (name === "kind") return [name, value];
    return [name, Array.isArray(value) ? value.map(short) : short(value)];
  });
  return Object.fromEntries(parts);
}

function made(kind, name, parent) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  parent?.append(element);
  return element;
}
