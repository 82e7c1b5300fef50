// Pictures side by side, each a button that opens it. The browser fetches the pictures that come into view.
//
// data: { name, tiles: [{ id, src, alt, title, lines, mark, isOpen }], missing, width, jump }
// A click sends "opened" { id }. `mark` is "right", "wrong", "warn" or "": its sign is drawn, not only its colour.

const SIGNS = { right: "\u2713", wrong: "\u2717", warn: "!" };

export default function ({ data, parentElement, setTriggerValue }) {
  const tiles = parentElement.lightboxTiles ?? (parentElement.lightboxTiles = new Tiles(parentElement));
  tiles.send = setTriggerValue;
  tiles.update(data);
}

class Tiles {
  constructor(parent) {
    this.root = made("div", "ti", parent);
    this.root.setAttribute("role", "group");
    this.root.addEventListener("click", (event) => {
      const tile = event.target.closest(".ti-tile");
      if (tile) this.send("opened", { id: Number(tile.dataset.id) });
    });
  }

  update(data) {
    const looks = JSON.stringify(data);
    if (looks === this.looks) return;
    this.looks = looks;
    const active = this.root.getRootNode().activeElement?.dataset?.id;
    this.root.setAttribute("aria-label", data.name);
    this.root.style.setProperty("--ti-width", `${data.width}px`);
    this.root.replaceChildren(...data.tiles.map((tile) => this.tile(tile, data)));
    if (active !== undefined) {
      this.root.querySelector(`[data-id="${Number(active)}"]`)?.focus({ preventScroll: true });
    }
  }

  tile(tile, data) {
    const button = made("button", "ti-tile");
    button.type = "button";
    button.dataset.id = String(tile.id);
    button.setAttribute("aria-pressed", String(tile.isOpen));
    const film = made("span", "ti-film", button);
    if (tile.src) {
      const image = made("img", "", film);
      image.loading = "lazy";
      image.alt = tile.alt;
      image.onerror = () => this.lose(film, data.missing);
      image.src = tile.src;
    } else {
      this.lose(film, data.missing);
    }
    if (tile.mark) {
      const sign = made("span", `ti-mark ti-${tile.mark}`, film);
      sign.textContent = SIGNS[tile.mark];
      sign.setAttribute("aria-hidden", "true");
    }
    if (tile.title) made("span", "ti-title", button).textContent = tile.title;
    for (const line of tile.lines) made("span", "ti-line", button).textContent = line;
    return button;
  }

  lose(film, words) {
    film.querySelector("img")?.remove();
    if (!film.querySelector(".ti-missing")) made("span", "ti-missing", film).textContent = words;
  }
}

function made(kind, name, parent) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  parent?.append(element);
  return element;
}
