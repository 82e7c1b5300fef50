/* A film of a few frames: play, pause, or take one by hand; nothing is asked of the server.
   data: { frames: [{ picture, short, long }], alt, strings: { play, pause, frame } } */
const MILLISECONDS = 450;

export default function ({ data, parentElement }) {
  const film = parentElement.lightboxFilm ?? (parentElement.lightboxFilm = new Film(parentElement));
  film.update(data);
  return () => film.pause();
}

class Film {
  constructor(parent) {
    const find = (selector) => parent.querySelector(selector);
    this.picture = find(".screen img");
    this.words = find(".screen p");
    this.button = find(".play");
    this.slider = find("input");
    this.strip = find(".strip");
    this.timer = null;
    this.frame = null;
    this.button.onclick = () => (this.timer ? this.pause() : this.play());
    this.slider.oninput = () => {
      this.pause();
      this.show(Number(this.slider.value));
    };
  }

  update(data) {
    this.data = data;
    this.slider.max = data.frames.length - 1;
    this.slider.setAttribute("aria-label", data.strings.frame);
    this.strip.replaceChildren(...data.frames.map((frame, number) => this.thumbnail(frame, number)));
    this.label();
    this.show(Math.min(this.frame ?? data.start, data.frames.length - 1));
  }

  thumbnail(frame, number) {
    const button = document.createElement("button");
    const picture = document.createElement("img");
    const words = document.createElement("span");
    button.type = "button";
    picture.src = frame.picture;
    picture.alt = "";
    words.textContent = frame.short;
    button.append(picture, words);
    button.onclick = () => {
      this.pause();
      this.show(number);
    };
    return button;
  }

  show(number) {
    const frame = this.data.frames[number];
    this.frame = number;
    this.picture.src = frame.picture;
    this.picture.alt = `${this.data.alt} ${frame.long}`;
    this.words.textContent = frame.long;
    this.slider.value = number;
    this.slider.setAttribute("aria-valuetext", frame.long);
    [...this.strip.children].forEach((node, index) => node.setAttribute("aria-current", index === number));
  }

  play() {
    this.timer = setInterval(() => this.show((this.frame + 1) % this.data.frames.length), MILLISECONDS);
    this.label();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.label();
  }

  label() {
    const { play, pause } = this.data.strings;
    this.button.textContent = this.timer ? `❚❚ ${pause}` : `▶ ${play}`;
  }
}
