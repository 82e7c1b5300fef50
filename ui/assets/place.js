/* A picture with a frame on it: click, tap or use the arrow keys to put the frame elsewhere.
   It is mounted once; new pictures and places come as data. */
export default ({ data, parentElement, setTriggerValue }) => {
  const button = parentElement.querySelector("button");
  const picture = parentElement.querySelector("img");
  const frame = parentElement.querySelector(".frame");
  const { rows, columns, box } = data;
  let { row, column } = data;

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const show = () => {
    const edge = (start, size, n) => (data.overhang ? start : clamp(start, 0, Math.max(0, n - size)));
    const top = edge(row - data.reach, box.height, rows);
    const left = edge(column - data.reach, box.width, columns);
    frame.style.top = `${(100 * top) / rows}%`;
    frame.style.left = `${(100 * left) / columns}%`;
    frame.style.height = `${(100 * box.height) / rows}%`;
    frame.style.width = `${(100 * box.width) / columns}%`;
  };
  const pick = (newRow, newColumn) => {
    const place = { row: clamp(newRow, 0, rows - 1), column: clamp(newColumn, 0, columns - 1) };
    if (place.row === row && place.column === column) return;
    ({ row, column } = place);
    show();
    setTriggerValue("picked", place);
  };

  if (picture.src !== data.picture) picture.src = data.picture;
  picture.alt = data.alt;
  button.setAttribute("aria-label", `${data.alt} ${data.hint}`);
  button.style.maxWidth = `${data.width}px`;
  show();

  button.onclick = (event) => {
    if (event.detail === 0) return; // Enter or the space bar: there is no place under a finger
    const area = picture.getBoundingClientRect();
    pick(
      Math.floor(((event.clientY - area.top) / area.height) * rows),
      Math.floor(((event.clientX - area.left) / area.width) * columns),
    );
  };
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  button.onkeydown = (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const pace = event.shiftKey ? 5 : 1;
    pick(row + pace * move[0], column + pace * move[1]);
  };
};
