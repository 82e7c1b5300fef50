// Marks as they stand on the picture: drawing.js stands on it.

const CORNERS = ["left top", "right top", "right bottom", "left bottom"];

function showStrokes(ink, marks, { rows, columns }) {
  const lines = marks.filter(({ kind }) => kind === "stroke").map(({ points, width }) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    const ends = points.length === 2 ? [...points, ...points] : points;  // a dot
    line.setAttribute("points", ends.map((value, place) => value * (place % 2 ? rows : columns)).join(" "));
    line.setAttribute("stroke-width", width * Math.min(rows, columns));
    return line;
  });
  ink.replaceChildren(...lines);
}

// `named` gives the words for the box with this number, `chosen` is the number of the one that the keys move.
function showBoxes(place, marks, { named, chosen }) {
  const numbers = boxNumbers(marks);
  while (place.children.length > numbers.length) place.lastElementChild.remove();
  while (place.children.length < numbers.length) {
    const box = made("div", "ld-box", place);
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    for (const corner of CORNERS) made("span", "ld-corner", box).dataset.corner = corner;
  }
  numbers.forEach((number, index) => {
    const box = place.children[index];
    const { left, top, right, bottom } = marks[number];
    box.dataset.number = number;
    box.classList.toggle("ld-chosen", number === chosen);
    box.setAttribute("aria-label", named(number));
    const [width, height] = [right - left, bottom - top];
    for (const [side, share] of Object.entries({ left, top, width, height })) box.style[side] = `${100 * share}%`;
  });
}
