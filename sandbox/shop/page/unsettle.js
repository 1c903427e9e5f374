// Buttons that are not where they were in the moment in which they are pressed down on: no click comes of it.

import { build, has, pause } from "./dom.js";

const SETTLES_MS = 700;

const WAYS = {
  rebuilt: (button, again) => again(),
  hidden: async (button) => {
    button.style.display = "none";
    await pause(SETTLES_MS);
    button.style.display = "";
  },
  moved: async (button) => {
    button.style.transform = "translate(-12rem, 9rem)";
    await pause(SETTLES_MS);
    button.style.transform = "";
  },
  covered: async (button) => {
    const box = button.getBoundingClientRect();
    const cover = build("div", { class: "cover" });
    Object.assign(cover.style, {
      left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`,
    });
    document.body.append(cover);
    await pause(SETTLES_MS);
    cover.remove();
  },
};

let settled = false;

// `again` draws the button anew. It happens once to a page.
export function unsettle(button, place, again) {
  for (const [way, act] of Object.entries(WAYS)) {
    if (!has(`${place}-button-${way}`)) continue;
    button.addEventListener("pointerdown", () => {
      if (settled) return;
      settled = true;
      act(button, again);
    });
  }
}
