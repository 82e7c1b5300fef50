// The time machine: a play button and a slider over the epochs of a run, all of whose frames are here.
//
// data: see ui/time_machine/frames.py. It stays while frames come: where it stands is an epoch, and who looks at the
// last one goes on looking at the last one. Space plays and pauses, the arrows step, Home and End go to the ends.

const SHORTEST_MS = 260;  // an epoch on the screen
const LONGEST_MS = 1100;
const WHOLE_MS = 14000;  // of the film, where epochs allow it

export default function ({ data, parentElement }) {
  const machine = parentElement.lightboxTime ?? (parentElement.lightboxTime = new TimeMachine(parentElement));
  machine.update(data);
  machine.watch();
  return () => machine.rest();
}

class TimeMachine extends Pictures {
  constructor(parent) {
    super();
    this.root = make("section", "tm", parent);
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.showsMaps = true;
    this.t = null;  // where it stands, in frames
    this.since = null;  // when the last picture of a film was drawn
    this.build();
    this.listen();
  }

  build() {
    const bar = make("div", "tm-bar-top", this.root);
    this.play = make("button", "tm-play", bar);
    this.play.type = "button";
    this.slider = make("input", "tm-slider", bar);
    Object.assign(this.slider, { type: "range", min: "0", step: "1" });
    this.epoch = make("output", "tm-epoch", bar);
    this.live = make("span", "tm-live", bar);
    [this.casesTitle, this.cases] = this.panel(this.root, "tm-cases");
    this.legend = make("div", "tm-legend", this.cases.parentElement);
    const pair = make("div", "tm-pair", this.root);
    [this.mapTitle, this.map] = this.panel(pair, "tm-map", "canvas");
    this.map.setAttribute("role", "img");
    this.mapLegend = make("div", "tm-legend", this.map.parentElement);
    [this.tableTitle, this.table] = this.panel(pair, "tm-table", "table");
    this.tableNote = make("p", "tm-note", this.table.parentElement);
    this.placeNote = make("p", "tm-note tm-place-note", this.root);
    this.more = make("div", "tm-pair tm-more", this.root);
    this.charts = [0, 1, 2].map(() => {
      const [title, holder] = this.panel(this.more, "tm-chart");
      const svg = holder.appendChild(document.createElementNS(SVG, "svg"));
      svg.setAttribute("role", "img");
      return { title, svg };
    });
  }

  panel(parent, name, tag = "div") {
    const panel = make("div", `tm-panel ${name}-panel`, parent);
    return [make("h4", "", panel), make(tag, name, panel)];
  }

  listen() {
    this.play.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => { this.pause(); this.go(Number(this.slider.value)); });
    this.root.addEventListener("keydown", (event) => this.press(event));
    this.root.addEventListener("transitionend", (event) => { if (event.target === this.root) this.draw(); });
  }

  press(event) {
    const last = this.data.frames.length - 1;
    const here = this.nearest(this.t);
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (event.key === " " && event.target.tagName !== "BUTTON" && event.target.type !== "checkbox") {
      event.preventDefault();
      this.toggle();
    }
    if (to === undefined) return;
    event.preventDefault();
    this.pause();
    this.go(Math.max(0, Math.min(last, to)));
  }

  watch() {
    this.observer ??= new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  rest() {
    this.observer?.disconnect();
    this.pause();
  }

  update(data) {
    const before = this.data;
    const sameRun = before && before.run === data.run;
    const stood = sameRun ? before.frames[this.nearest(this.t)].epoch : null;
    const atEnd = !sameRun || this.nearest(this.t) === before.frames.length - 1;
    this.data = { ...data, frames: data.frames.map(unpacked), truth: numbers(data.truth, Int16Array) };
    const { frames } = this.data;
    if (!sameRun || (atEnd && !this.isPlaying)) this.t = frames.length - 1;
    else if (!this.isPlaying) this.t = Math.max(0, frames.findLastIndex((frame) => frame.epoch <= stood));
    if (!sameRun) this.pause();
    this.slider.max = String(frames.length - 1);
    this.view = viewOf(frames);
    const looks = JSON.stringify([data.cases, data.classes, data.strings, data.full]);
    if (looks !== this.looks) this.rebuild();
    this.looks = looks;
    this.root.dataset.frames = String(frames.length);
    this.live.textContent = data.alive ? data.strings.live : "";
    this.draw();
  }

  rebuild() {
    const { strings, classes, full, grid } = this.data;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", strings.name);
    this.slider.setAttribute("aria-label", strings.epoch);
    this.casesTitle.textContent = strings.casesTitle;
    this.mapTitle.textContent = strings.mapTitle;
    this.tableTitle.textContent = strings.tableTitle;
    this.buildCases();
    this.buildTable();
    this.legend.replaceChildren();
    if (grid) {
      const label = make("label", "tm-toggle", this.legend);
      const box = make("input", "", label);
      Object.assign(box, { type: "checkbox", checked: this.showsMaps });
      label.append(text(strings.showMaps));
      box.addEventListener("change", () => { this.showsMaps = box.checked; this.draw(); });
      this.legend.append(text(strings.nothing));
      make("span", "tm-ramp", this.legend);
      this.legend.append(text(strings.most));
    }
    make("p", "tm-note", this.legend).textContent = strings.mapNote;
    this.mapLegend.replaceChildren();
    classes.forEach((one, code) => {
      const entry = make("span", "tm-entry", this.mapLegend);
      entry.append(mark(code, one.colour), text(one.name));
    });
    this.placeNote.textContent = strings.placeNote;
    this.more.hidden = !full;
    this.charts.forEach(({ title }, place) => { title.textContent = strings.chartTitles[place]; });
    this.setPlaying(this.isPlaying);
  }

  toggle() {
    if (this.isPlaying) return this.pause();
    const last = this.data.frames.length - 1;
    if (last < 1) return;
    if (this.nearest(this.t) >= last) this.t = 0;
    this.since = null;
    this.setPlaying(true);
    this.draw();
    this.wait();
  }

  pause() {
    cancelAnimationFrame(this.ticket);
    if (!this.isPlaying) return;
    this.setPlaying(false);
    this.go(this.nearest(this.t));
  }

  setPlaying(isPlaying) {
    this.isPlaying = isPlaying;
    const words = this.data.strings[isPlaying ? "pause" : "play"];
    this.play.textContent = isPlaying ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", words);
    this.play.title = words;
    this.root.dataset.playing = String(isPlaying);
    this.epoch.setAttribute("aria-live", isPlaying ? "off" : "polite");
  }

  wait() { this.ticket = requestAnimationFrame((now) => this.tick(now)); }

  tick(now) {
    if (!this.isPlaying) return;
    const last = this.data.frames.length - 1;
    const each = Math.max(SHORTEST_MS, Math.min(LONGEST_MS, WHOLE_MS / last));
    const gone = this.since === null ? 0 : Math.min(now - this.since, each);
    if (!this.still.matches || gone >= each || this.since === null) {
      this.t = Math.min(last, this.t + (this.still.matches ? Math.floor(gone / each) : gone / each));
      this.since = now;
      this.draw();
    }
    if (this.t >= last) return this.pause();
    this.wait();
  }

  go(t) {
    this.t = t;
    this.draw();
  }

  nearest(t) { return Math.max(0, Math.min(this.data.frames.length - 1, Math.round(t ?? 0))); }

  between(t) {
    const a = Math.max(0, Math.min(this.data.frames.length - 1, Math.floor(t)));
    return [a, Math.min(a + 1, this.data.frames.length - 1), t - a];
  }

  draw() {
    if (!this.data || !this.root.isConnected) return;
    const look = getComputedStyle(this.root);
    [this.ink, this.font] = [look.color, look.fontFamily];
    this.paper = look.getPropertyValue("--st-background-color") || "#ffffff";
    const { frames, strings, asked, full } = this.data;
    const epoch = frames[this.nearest(this.t)].epoch;
    this.slider.value = String(this.nearest(this.t));
    this.slider.style.setProperty("--tm-done", `${(100 * this.t) / Math.max(1, frames.length - 1)}%`);
    const words = epoch === 0 ? strings.before : fill(strings.ofEpochs, { epoch, asked });
    if (this.epoch.textContent !== words) this.epoch.textContent = words;
    this.slider.setAttribute("aria-valuetext", words);
    this.root.dataset.epoch = String(epoch);
    this.drawCases(this.t);
    this.drawMap(this.t);
    this.drawTable(this.t);
    if (full) this.drawCharts();
  }

  drawCharts() {
    const { cases, classes, frames, curves, strings } = this.data;
    const answers = cases.map((one, number) => ({
      colour: classes[one.truth].colour,
      label: String(number + 1),
      points: frames.filter((frame) => frame.p[one.place]).map((frame) => [frame.epoch, frame.p[one.place][one.aim]]),
    }));
    const [first, second, third] = this.charts;
    const ends = { low: 0, high: 1, percent: true, alt: strings.chartTitles[0] };
    this.drawCurves(first.svg, answers, this.t, ends);
    const losses = [
      { colour: "#0072B2", points: curves.train, dashed: true },
      { colour: "#D55E00", points: curves.val },
    ];
    this.drawCurves(second.svg, losses, this.t, { low: 0, alt: strings.chartTitles[1] });
    const metric = [{ colour: "#009E73", points: curves.metric }];
    this.drawCurves(third.svg, metric, this.t, { low: 0, high: 1, alt: strings.chartTitles[2] });
  }
}

function unpacked(frame) {
  const [rows, columns] = frame.grid;
  const bytes = numbers(frame.maps, Uint8Array);
  const size = rows * columns;
  const maps = frame.kept.map((place) => (place < 0 || !size ? null : bytes.subarray(place * size, (place + 1) * size)));
  const places = Float32Array.from(numbers(frame.places, Int16Array), (value) => value / 1000);
  return { ...frame, maps, places, called: numbers(frame.called, Int16Array) };
}

function numbers(base64, Kind) {
  return new Kind(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)).buffer);
}

// What of the map of cases is shown, in all frames the same: nearly all points of all frames are in it.
function viewOf(frames) {
  const [x, y] = [0, 1].map((axis) => {
    const all = frames.flatMap((frame) => Array.from(frame.places).filter((_, place) => place % 2 === axis));
    all.sort((a, b) => a - b);
    const ends = [0.005, 0.995].map((share) => all[Math.round(share * (all.length - 1))] ?? 0);
    return { middle: (ends[0] + ends[1]) / 2, half: Math.max((ends[1] - ends[0]) / 2, 0.5) };
  });
  return { x: x.middle, y: y.middle, halfWidth: x.half, halfHeight: y.half };
}
