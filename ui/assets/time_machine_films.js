// The pictures of the time machine, first part: the films with their maps and bars, and what all parts use.
//
// All are drawn for a moment `t`, a place between two frames: t = 3.25 is a quarter of the way from the fourth frame
// to the fifth. What lies between two frames is only drawn, never measured.

const RISING = [[20, 11, 53], [101, 21, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const SVG = "http://www.w3.org/2000/svg";
const OPAQUE = 0.62;

class Films {
  // ------------------------------------------------------------------ the films
  buildCases() {
    const { cases, classes } = this.data;
    this.cases.replaceChildren();
    this.tiles = cases.map((one, number) => {
      const tile = make("figure", "tm-case", this.cases);
      const film = make("div", "tm-film", tile);
      const canvas = make("canvas", "", film);
      canvas.setAttribute("role", "img");
      [canvas.width, canvas.height] = [160, 160];
      make("span", "tm-number", film).textContent = String(number + 1);
      const verdict = make("span", "tm-verdict", film);
      const caption = make("figcaption", "", tile);
      const truth = make("div", "tm-truth", caption);
      truth.append(mark(one.truth, classes[one.truth].colour), text(one.title));
      const shown = this.shownClasses(one);
      const bars = shown.map((code) => {
        const row = make("div", code === one.truth ? "tm-bar tm-bar-true" : "tm-bar", caption);
        make("span", "tm-bar-name", row).textContent = classes[code].name;
        row.title = classes[code].name;
        const share = make("span", "tm-share", row);
        const fill = make("span", "tm-fill", make("span", "tm-track", row));
        fill.style.background = classes[code].colour;
        return { code, fill, share };
      });
      const tileParts = { one, canvas, verdict, bars, image: null };
      if (one.picture) {
        const image = new Image();
        image.onload = () => {
          tileParts.image = image;
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          this.draw();
        };
        image.src = one.picture;
      }
      return tileParts;
    });
  }

  // Two or three classes are all shown; of more, the true one and the one that is called most in the end.
  shownClasses(one) {
    const k = this.data.classes.length;
    if (k <= 3) return [...Array(k).keys()];
    const last = [...this.data.frames].reverse().map((frame) => frame.p[one.place]).find(Boolean) ?? [];
    const order = [...last.keys()].sort((a, b) => last[b] - last[a]);
    return [one.truth, order.find((code) => code !== one.truth) ?? (one.truth + 1) % k];
  }

  drawCases(t) {
    const { frames, classes, strings } = this.data;
    const [a, b, part] = this.between(t);
    const now = frames[this.nearest(t)];
    for (const { one, canvas, verdict, bars, image } of this.tiles) {
      const [pa, pb] = [frames[a].p[one.place], frames[b].p[one.place]];
      const p = pa && pb ? pa.map((value, code) => mix(value, pb[code], part)) : (pa ?? pb);
      const here = now.p[one.place];
      for (const bar of bars) {
        bar.fill.style.width = p ? `${100 * p[bar.code]}%` : "0";
        bar.share.textContent = here ? `${Math.round(100 * here[bar.code])} %` : "–";
      }
      const called = here ? largest(here) : null;
      verdict.textContent = called === null ? "" : called === one.truth ? "✓" : "✗";
      verdict.dataset.right = String(called === one.truth);
      verdict.title = called === null ? strings.unknown : called === one.truth ? strings.right : strings.wrong;
      this.drawFilm(canvas, image, one, [frames[a], frames[b], part]);
      const said = here ? `${classes[called].name} ${Math.round(100 * here[called])} %` : strings.unknown;
      canvas.setAttribute("aria-label", `${one.alt} ${strings.epoch} ${now.epoch}: ${said}`);
    }
  }

  drawFilm(canvas, image, one, [from, to, part]) {
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#1c2430";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (image) pen.drawImage(image, 0, 0);
    const [rows, columns] = from.grid;
    const [low, high] = [from.maps[one.place], to.maps[one.place]];
    if (!this.showsMaps || !rows || (!low && !high)) return;
    const small = this.small ?? (this.small = document.createElement("canvas"));
    [small.width, small.height] = [columns, rows];
    const brush = small.getContext("2d");
    const pixels = brush.createImageData(columns, rows);
    for (let place = 0; place < rows * columns; place += 1) {
      const strength = mix((low ?? high)[place], (high ?? low)[place], part) / 255;
      const step = Math.min(strength * (RISING.length - 1), RISING.length - 1.000001);
      const anchor = Math.floor(step);
      for (let channel = 0; channel < 3; channel += 1) {
        const value = mix(RISING[anchor][channel], RISING[anchor + 1][channel], step - anchor);
        pixels.data[4 * place + channel] = value;
      }
      pixels.data[4 * place + 3] = 255 * strength * OPAQUE;
    }
    brush.putImageData(pixels, 0, 0);
    const [top, left, bottom, right] = one.extent;
    const [width, height] = [canvas.width, canvas.height];
    pen.imageSmoothingEnabled = true;
    pen.drawImage(small, left * width, top * height, (right - left) * width, (bottom - top) * height);
  }
}

function make(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent?.appendChild(made);
  return made;
}

function text(words) {
  const made = make("span");
  made.textContent = words;
  return made;
}

// A class has a shape besides its colour: for those who see few colours, and for a print in grey.
function mark(code, colour) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ width: 12, height: 12, viewBox: "-6 -6 12 12", "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  shape(svg, "path", { d: outline(code, 4.6).map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join(" ") + "Z", fill: colour });
  return svg;
}

function outline(code, r) {
  const sides = [24, 3, 4, 4, 5, 6][code % 6];
  const turn = [0, -Math.PI / 2, Math.PI / 4, 0, -Math.PI / 2, 0][code % 6];
  const size = sides === 3 ? 1.25 : sides === 4 ? 1.15 : 1;
  return [...Array(sides).keys()].map((corner) => {
    const angle = turn + (2 * Math.PI * corner) / sides;
    return [Number((size * r * Math.cos(angle)).toFixed(2)), Number((size * r * Math.sin(angle)).toFixed(2))];
  });
}

function dot(pen, [x, y], code, classes, isRight, r) {
  pen.beginPath();
  for (const [dx, dy] of outline(code, r)) pen.lineTo(x + dx, y + dy);
  pen.closePath();
  pen.lineWidth = 1.8;
  pen.strokeStyle = classes[code].colour;
  if (isRight) {
    pen.fillStyle = classes[code].colour;
    pen.fill();
  }
  pen.stroke();
}

function headCell(row, one, code, scope, small) {
  const cell = make("th", "", row);
  cell.scope = scope;
  cell.title = one.name;
  cell.append(mark(code, one.colour), text(small ? String(code + 1) : one.name));
}

function shape(svg, tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  svg.appendChild(made);
  return made;
}

function label(svg, x, y, words, anchor) {
  shape(svg, "text", { x, y, "text-anchor": anchor, class: "tm-tick" }).textContent = words;
}

function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// Push labels apart that would lie upon each other, in their order from top to bottom.
function spread(heights, least) {
  const order = heights.map((_, place) => place).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  order.forEach((place, rank) => {
    if (rank) moved[place] = Math.max(moved[place], moved[order[rank - 1]] + least);
  });
  const over = order.length ? Math.max(0, moved[order.at(-1)] - heights[order.at(-1)] - least) / 2 : 0;
  return moved.map((height) => height - over);
}

function mix(from, to, part) { return from + (to - from) * part; }
function clamp(value, low, high) { return Math.max(low, Math.min(high, value)); }
function largest(values) { return values.indexOf(Math.max(...values)); }
function short(value) { return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2))); }
