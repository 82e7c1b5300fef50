// The pictures of the time machine, second part: the map of cases, the table of errors, curves.

class Pictures extends Films {
  // ------------------------------------------------------------------ the map of cases
  drawMap(t) {
    const { frames, truth, rings, classes, strings } = this.data;
    const box = this.map.getBoundingClientRect();
    const side = Math.max(220, Math.min(box.width || 420, 460));
    const width = box.width || 420;
    const pen = sized(this.map, width, side);
    const [a, b, part] = this.between(t);
    const at = (index, frame) => [frame.places[2 * index], frame.places[2 * index + 1]];
    const { x: middleX, y: middleY, halfWidth, halfHeight } = this.view;
    const unit = Math.min((width / 2 - 18) / halfWidth, (side / 2 - 18) / halfHeight);  // across and up: distances count
    const put = ([x, y]) => [
      clamp(width / 2 + (x - middleX) * unit, 8, width - 8), clamp(side / 2 - (y - middleY) * unit, 8, side - 8),
    ];
    const place = (index) => {
      const [from, to] = [at(index, frames[a]), at(index, frames[b])];
      return put([mix(from[0], to[0], part), mix(from[1], to[1], part)]);
    };
    const called = frames[this.nearest(t)].called;
    const ringed = new Set(rings.map(([index]) => index));
    for (let index = 0; index < truth.length; index += 1) {
      if (!ringed.has(index)) dot(pen, place(index), truth[index], classes, called[index] === truth[index], 4.2);
    }
    for (const [index, number] of rings) {
      const here = place(index);
      pen.strokeStyle = this.ink;
      pen.globalAlpha = 0.35;
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (let back = Math.max(0, a - 3); back <= a; back += 1) pen.lineTo(...put(at(index, frames[back])));
      pen.lineTo(...here);
      pen.stroke();
      pen.globalAlpha = 1;
      dot(pen, here, truth[index], classes, called[index] === truth[index], 5.2);
      pen.strokeStyle = this.ink;
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.arc(...here, 9, 0, 2 * Math.PI);
      pen.stroke();
      pen.fillStyle = this.ink;
      pen.font = `600 12px ${this.font}`;
      pen.lineWidth = 3;
      pen.strokeStyle = this.paper;
      pen.strokeText(String(number), here[0] + 10, here[1] - 7);
      pen.fillText(String(number), here[0] + 10, here[1] - 7);
    }
    const n = [...truth.keys()].filter((index) => called[index] === truth[index]).length;
    this.map.setAttribute("aria-label", fill(strings.mapAlt, { epoch: frames[this.nearest(t)].epoch, n, total: truth.length }));
  }

  // ------------------------------------------------------------------ the table of errors
  buildTable() {
    const { classes, strings } = this.data;
    const small = classes.length > 4;
    this.table.replaceChildren();
    this.table.dataset.small = String(small);
    this.cells = [];
    if (!this.data.frames[0].confusion.length) return;
    const head = make("tr", "", make("thead", "", this.table));
    make("td", "tm-corner", head).textContent = strings.corner;
    classes.forEach((one, code) => headCell(head, one, code, "col", small));
    const body = make("tbody", "", this.table);
    this.cells = classes.map((one, code) => {
      const row = make("tr", "", body);
      headCell(row, one, code, "row", small);
      return classes.map(() => make("td", "tm-cell", row));
    });
  }

  drawTable(t) {
    const frame = this.data.frames[this.nearest(t)];
    if (!frame.confusion.length) {
      this.tableNote.textContent = this.data.strings.tooMany;
      return;
    }
    frame.confusion.forEach((row, truth) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      row.forEach((count, called) => {
        const cell = this.cells[truth][called];
        const share = total ? count / total : 0;
        cell.textContent = String(count);
        const colour = truth === called ? "0, 114, 178" : "213, 94, 0";
        cell.style.background = `rgba(${colour}, ${0.06 + 0.82 * share})`;
        cell.style.color = share > 0.5 ? "#ffffff" : "inherit";
      });
    });
    const right = frame.confusion.reduce((sum, row, code) => sum + row[code], 0);
    const n = frame.confusion.flat().reduce((sum, count) => sum + count, 0);
    this.tableNote.textContent = fill(this.data.strings.tableNote, { right, n });
  }

  // ------------------------------------------------------------------ curves
  // Draw lines over the epochs with a cursor; series: [{ name, colour, label, points: [[epoch, value]] }].
  drawCurves(svg, series, t, { low, high, percent, alt }) {
    const width = svg.parentElement.clientWidth || 420;
    const [height, left, right, top, bottom] = [190, 44, 26, 10, 30];
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("aria-label", alt);
    const epochs = this.data.frames.map((frame) => frame.epoch);
    const last = Math.max(epochs[epochs.length - 1], this.data.alive ? this.data.asked : 0, 1);
    const values = series.flatMap((one) => one.points.map((point) => point[1]));
    const [from, to] = [low ?? Math.min(0, ...values), high ?? Math.max(...values, 1e-6)];
    const toX = (epoch) => left + (epoch / last) * (width - left - right);
    const toY = (value) => height - bottom - ((value - from) / (to - from || 1)) * (height - top - bottom);
    svg.replaceChildren();
    for (const tick of [0, 0.5, 1]) {
      const value = from + tick * (to - from);
      shape(svg, "line", { x1: left, x2: width - right, y1: toY(value), y2: toY(value), class: "tm-grid" });
      label(svg, left - 6, toY(value) + 4, percent ? `${Math.round(100 * value)} %` : short(value), "end");
    }
    for (const epoch of [...new Set([0, Math.round(last / 2), last])]) {
      label(svg, toX(epoch), height - 10, String(epoch), "middle");
    }
    const ends = spread(series.map((one) => (one.label ? toY(one.points.at(-1)?.[1] ?? 0) : 0)), 11);
    for (const [place, one] of series.entries()) {
      const points = one.points.map(([epoch, value]) => `${toX(epoch).toFixed(1)},${toY(value).toFixed(1)}`);
      const look = { points: points.join(" "), class: "tm-line", stroke: one.colour };
      if (one.dashed) look["stroke-dasharray"] = "5 4";
      shape(svg, "polyline", look);
      const end = one.points[one.points.length - 1];
      if (one.label && end) label(svg, toX(end[0]) + 5, ends[place] + 4, one.label, "start");
    }
    const [a, b, part] = this.between(t);
    const x = toX(mix(epochs[a], epochs[b], part));
    shape(svg, "line", { x1: x, x2: x, y1: top, y2: height - bottom, class: "tm-cursor" });
  }
}
