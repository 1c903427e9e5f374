// Where a link leads: to another tab, to the bot's own door, or nowhere.

import { el } from "./dom.js";
import { state } from "./state.js";

const CODE = /^[A-Za-z0-9_-]{1,64}$/;
const NEW_TAB = { target: "_blank", rel: "noopener noreferrer" };

/** The words after `start=` of a link to this page's bot, or null. */
export function startCode(address) {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (!["t.me", "telegram.me"].includes(url.hostname)) return null;
  if (url.pathname.slice(1).toLowerCase() !== state.bot.toLowerCase()) return null;
  const code = url.searchParams.get("start") ?? "";
  return CODE.test(code) ? code : null;
}

/** An address as an element around these nodes. */
export function link(address, nodes, attributes = {}) {
  const href = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`;
  const code = startCode(href);
  if (code !== null) return door(code, nodes, attributes);
  if (!/^(https?|mailto|tel):/i.test(href)) return el("span", attributes, ...nodes);
  return el("a", { ...attributes, href, ...NEW_TAB }, ...nodes);
}

/** A link to the bot itself: it opens here, as Telegram opens it in itself. */
function door(code, nodes, { class: name }) {
  const open = () => document.dispatchEvent(new CustomEvent("start-link", { detail: code }));
  return el("button", { type: "button", class: name ?? "door", onclick: open }, ...nodes);
}
