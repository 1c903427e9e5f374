// Beside the chat: the shop, the wall before it, and what goes wrong with Telegram.

import { byId, el, tell, toast } from "./dom.js";
import { showShop } from "./shop.js";
import { current, state } from "./state.js";

const FAULTS = [
  ["down", "Unreachable", "Every connection is cut"],
  ["slow", "Slow", "Every call takes 3 seconds"],
  ["flood", "Too many requests", "It asks Stockbell to wait with what it sends"],
  ["token", "Wrong token", "It no longer knows the bot"],
  ["gateway", "Out of order", "It answers with an error page"],
];

const panel = byId("panel");
const toggle = byId("panel-toggle");
const wide = matchMedia("(min-width: 1100px)");
const phone = matchMedia("(max-width: 759px)");

async function flip(box, what, body) {
  try {
    await tell(what, { ...body, on: box.checked });
  } catch {
    box.checked = !box.checked;
    toast("The practice chat did not take it.");
  }
}

function switchOf([name, label, effect]) {
  const box = el("input", { type: "checkbox", role: "switch", id: `fault-${name}` });
  box.addEventListener("change", () => flip(box, "fault", { name }));
  return el("label", { class: "switch" }, el("span", {}, label, el("small", {}, effect)), box);
}

byId("faults").prepend(...FAULTS.map(switchOf));

byId("block").addEventListener("change", (event) => flip(event.target, "block", { chat: state.open }));
byId("wall").addEventListener("change", (event) => flip(event.target, "act", { name: "wall" }));

/** Whether it was open or closed by hand, or by the first look at the shop. */
let settled = false;

export function showPanel() {
  for (const [name] of FAULTS) byId(`fault-${name}`).checked = Boolean(state.faults[name]);
  byId("block").checked = Boolean(current()?.shut);
  byId("wall").checked = Boolean(state.shop?.wall);
  const troubled = Object.values(state.faults).some(Boolean);
  toggle.classList.toggle("trouble", troubled || Boolean(state.shop?.wall));
  byId("trouble").classList.toggle("on", troubled);
  byId("shop").hidden = !state.shop;
  byId("panel-title").textContent = byId("panel-toggle-word").textContent = state.shop ? "Store" : "Practice";
  if (state.shop) showShop(state.shop);
  if (settled) return;
  settled = true;
  byId("trouble").open = !state.shop;
  if (state.shop && wide.matches) open(true);
  else byId("coach").hidden = !state.shop;
}

function open(wanted) {
  settled = true;
  if (wanted) byId("coach").hidden = true;
  panel.hidden = !wanted;
  document.body.classList.toggle("panel-open", wanted);
  toggle.setAttribute("aria-expanded", String(wanted));
}

function close() {
  open(false);
  toggle.focus();
}

function openAndEnter() {
  open(true);
  byId("panel-close").focus({ preventScroll: true });
}

toggle.addEventListener("click", () => (panel.hidden ? openAndEnter() : open(false)));
byId("coach").addEventListener("click", openAndEnter);
byId("panel-close").addEventListener("click", close);
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});

// -- on a phone: a sheet that a finger draws down -----------------------------------------------------------------------

const AWAY = 90;
const grip = byId("panel-grip");
let from = null;

grip.addEventListener("pointerdown", (event) => {
  if (!phone.matches || event.target.closest("button")) return;
  from = event.clientY;
  grip.setPointerCapture(event.pointerId);
});

grip.addEventListener("pointermove", (event) => {
  if (from === null) return;
  panel.style.translate = `0 ${Math.max(0, event.clientY - from)}px`;
});

for (const end of ["pointerup", "pointercancel"]) {
  grip.addEventListener(end, (event) => {
    if (from !== null && end === "pointerup" && event.clientY - from > AWAY) close();
    from = null;
    panel.style.translate = "";
  });
}
