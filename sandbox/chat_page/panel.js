// The practice panel: what goes wrong, and what happens in the store.

import { byId, el, tell, toast } from "./dom.js";
import { current, state } from "./state.js";

const FAULTS = [
  ["down", "Down", "Every connection is cut"],
  ["slow", "Slow", "Every call takes 3 seconds"],
  ["flood", "Too many requests", "Whatever is sent gets 429"],
  ["token", "Wrong token", "Every call gets 401"],
  ["gateway", "Bad gateway", "Every call gets 502"],
];

const panel = byId("panel");
const toggle = byId("panel-toggle");

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

byId("faults").append(...FAULTS.map(switchOf));

byId("block").addEventListener("change", (event) => flip(event.target, "block", { chat: state.open }));

async function act(number, button) {
  button.disabled = true;
  try {
    await tell("act", { number });
  } catch {
    toast(`“${button.textContent}” did not work.`);
  }
  button.disabled = false;
}

function actionOf(label, number) {
  const button = el("button", { type: "button", class: "action", onclick: () => act(number, button) }, label);
  return button;
}

let shownActions = "";

export function showPanel() {
  for (const [name] of FAULTS) byId(`fault-${name}`).checked = Boolean(state.faults[name]);
  byId("block").checked = Boolean(current()?.shut);
  toggle.classList.toggle("trouble", Object.values(state.faults).some(Boolean));
  byId("actions-part").hidden = !state.panel.length;
  if (shownActions === JSON.stringify(state.panel)) return;
  shownActions = JSON.stringify(state.panel);
  byId("actions").replaceChildren(...state.panel.map(actionOf));
}

function open(wanted) {
  panel.hidden = !wanted;
  toggle.setAttribute("aria-expanded", String(wanted));
}

toggle.addEventListener("click", () => open(panel.hidden));
byId("panel-close").addEventListener("click", () => {
  open(false);
  toggle.focus();
});
