// Puts a state into the page's places: whatever the shop wrote becomes text and nothing else.

const at = (values, path) => path.split(".").reduce((value, name) => value?.[name], values);
const isThere = (value) => value !== null && value !== undefined && value !== "" && value.length !== 0;

export function fill(node, values) {
  const { text, time, attr, list } = node.dataset;
  if (node.dataset.if) node.hidden = !isThere(at(values, node.dataset.if));
  if (node.dataset.unless) node.hidden = isThere(at(values, node.dataset.unless));
  if (attr) for (const pair of attr.split(" ")) put(node, ...pair.split(":"), values);
  if (time) node.setAttribute("datetime", at(values, time) ?? "");
  if (list) return fillList(node, at(values, list) ?? []);
  if (text) write(node, String(at(values, text) ?? ""));
  else for (const child of node.children) fill(child, values);
}

export function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function put(node, name, path, values) {
  const value = at(values, path);
  if (value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** A row that stays keeps its element, so that the keyboard's place and what a screen reader reads stay too. */
function fillList(list, rows) {
  const { row: shape, by } = list.dataset;
  const held = document.activeElement;
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = rows.map((row) => {
    const key = String(row[by]);
    const child = before.get(key) ?? document.getElementById(`row-${shape}`).content.firstElementChild.cloneNode(true);
    before.delete(key);
    child.dataset.key = key;
    fill(child, row);
    return child;
  });
  for (const gone of before.values()) gone.remove();
  wanted.forEach((child, place) => {
    if (list.children[place] !== child) list.insertBefore(child, list.children[place] ?? null);
  });
  if (held !== document.activeElement && list.contains(held)) held.focus({ preventScroll: true });
}
