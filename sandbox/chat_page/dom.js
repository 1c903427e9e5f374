// Small tools to build the page. Words become text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `el("p", { class: "note", onclick }, "words", other)`. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", "icon");
  if (label) {
    const title = document.createElementNS(SVG, "title");
    title.textContent = label;
    svg.setAttribute("role", "img");
    svg.append(title);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** Play a class's animation once, from its beginning. */
export function animate(node, name) {
  node.classList.remove(name);
  void node.offsetWidth; // makes the browser forget the animation that may still run
  node.classList.add(name);
  node.addEventListener("animationend", () => node.classList.remove(name), { once: true });
}

/** Draw anew and leave the keyboard's focus on what bears the same key as before. */
export function keepFocus(draw) {
  const key = document.activeElement?.dataset.key;
  draw();
  if (!key || document.activeElement !== document.body) return;
  document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Tell the server; its answer, or null where it has none. */
export async function tell(what, body) {
  const answer = await fetch(`/page/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

export function toast(text) {
  const note = el("p", { class: "toast" }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 4000);
}
