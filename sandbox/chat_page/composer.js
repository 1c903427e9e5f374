// Where one writes: the text, who speaks, and the menu behind the slash.

import { firstLine } from "./bubbles.js";
import { byId, el, tell, toast } from "./dom.js";
import { current, state } from "./state.js";

const text = byId("text");
const menu = byId("menu");
const speaker = byId("speaker");
const thread = byId("thread");

let chosen = 0;
let lastSaid = "";

export const whoSpeaks = () => (current()?.kind === "private" ? current().id : Number(speaker.value));

/** Say it in the open chat, where it may answer a message. */
export async function say(words, reply = null) {
  const chat = current();
  const topic = chat.threads.length && thread.value ? Number(thread.value) : null;
  try {
    await tell("say", { chat: chat.id, person: whoSpeaks(), text: words, thread: topic, reply });
  } catch {
    toast("The practice chat did not take it.");
  }
}

export function showComposer() {
  const chat = current();
  if (!chat) return;
  fill(speaker, chat.kind === "private" ? [] : state.people.map((one) => [one.id, one.name]));
  fill(thread, chat.threads.length ? [["", "General"], ...chat.threads.map((one) => [one, `Topic ${one}`])] : []);
  byId("menu-open").hidden = !chat.menu.length;
  byId("who").hidden = speaker.parentElement.hidden && thread.parentElement.hidden;
  fit();
  showMenu();
  showKeys();
  showReply();
}

function fill(select, choices) {
  const before = select.value;
  select.parentElement.hidden = !choices.length;
  select.replaceChildren(...choices.map(([value, label]) => el("option", { value }, label)));
  if (choices.some(([value]) => String(value) === before)) select.value = before;
}

// -- the menu ---------------------------------------------------------------------------------------------------------

const matches = () => {
  const typed = /^\/(\w*)$/.exec(text.value);
  return typed ? (current()?.menu ?? []).filter((one) => one.command.startsWith(typed[1].toLowerCase())) : [];
};

function showMenu() {
  const found = matches();
  chosen = Math.min(chosen, Math.max(found.length - 1, 0));
  menu.hidden = !found.length;
  menu.replaceChildren(...found.map(entry));
  text.setAttribute("aria-activedescendant", found.length ? `command-${chosen}` : "");
  menu.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

function entry(one, index) {
  const selected = String(index === chosen);
  const attributes = { role: "option", id: `command-${index}`, "aria-selected": selected, onclick: () => choose(one) };
  return el("li", attributes, el("b", {}, `/${one.command}`), el("span", {}, one.description));
}

function choose(one) {
  text.value = "";
  fit();
  showMenu();
  text.focus();
  lastSaid = `/${one.command}`;
  const reply = answered();
  endReply();
  void say(lastSaid, reply);
}

function complete(one) {
  text.value = `/${one.command} `;
  showMenu();
}

byId("menu-open").addEventListener("click", () => {
  text.value = menu.hidden ? "/" : "";
  chosen = 0;
  showMenu();
  text.focus();
});

// -- keys in the place of the keyboard --------------------------------------------------------------------------------

const keys = byId("keys");
const keysToggle = byId("keys-toggle");
/** By chat and message: keys that were folded away. */
const folded = new Set();

function keyboardHere() {
  const boards = current()?.keyboards ?? {};
  const own = String(whoSpeaks());
  return (own in boards ? boards[own] : boards.all) ?? null;
}

const nameOf = (board) => `${state.open} ${board.message}`;

function showKeys() {
  const board = keyboardHere();
  text.placeholder = board?.placeholder || "Write a message";
  keysToggle.hidden = !board;
  keys.hidden = !board || folded.has(nameOf(board));
  keysToggle.setAttribute("aria-expanded", String(!keys.hidden));
  const rows = (board?.rows ?? []).map((row) => el("div", { class: "row" }, ...row.map((one) => keyOf(board, one))));
  keys.classList.toggle("tall", Boolean(board && !board.resize));
  keys.replaceChildren(...rows);
}

function keyOf(board, words) {
  const attributes = { type: "button", class: "reply-key", "data-key": `reply ${words}`, onclick: tap };
  function tap() {
    // As with Telegram: in a group a key answers the message that brought it.
    void say(words, current().kind === "private" ? null : board.message);
    if (board.oneTime) fold(board);
  }
  return el("button", attributes, words);
}

function fold(board) {
  folded.add(nameOf(board));
  showKeys();
}

keysToggle.addEventListener("click", () => {
  const board = keyboardHere();
  if (!keys.hidden) return fold(board);
  folded.delete(nameOf(board));
  showKeys();
});

speaker.addEventListener("change", showKeys);

// -- the text ---------------------------------------------------------------------------------------------------------

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  byId("send").disabled = !text.value.trim();
}

function submit() {
  const words = text.value.trim();
  if (!words) return;
  const reply = answered();
  text.value = "";
  endReply();
  fit();
  showMenu();
  lastSaid = words;
  void say(words, reply);
}

// -- a message that is answered ---------------------------------------------------------------------------------------

let replyTo = null;

/** The number of the message of this chat that is being answered. */
const answered = () => (replyTo?.chat === state.open ? replyTo.id : null);

function showReply() {
  byId("replying").hidden = answered() === null;
  byId("replying-to").textContent = answered() === null ? "" : `Reply to: ${firstLine(replyTo)}`;
}

function endReply() {
  replyTo = null;
  showReply();
}

document.addEventListener("reply-to", ({ detail }) => {
  replyTo = detail;
  showReply();
  text.focus();
});

byId("replying-end").addEventListener("click", () => {
  endReply();
  text.focus();
});

function move(step) {
  const count = matches().length;
  chosen = (chosen + step + count) % count;
  showMenu();
}

const inMenu = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Tab: () => complete(matches()[chosen]),
  Enter: () => choose(matches()[chosen]),
  Escape: () => {
    menu.hidden = true;
  },
};

function inText(event) {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) return submit;
  if (event.key === "ArrowUp" && !text.value && lastSaid) return recall;
  return null;
}

function recall() {
  text.value = lastSaid;
  fit();
  showMenu();
}

text.addEventListener("keydown", (event) => {
  const act = (menu.hidden ? null : inMenu[event.key]) ?? inText(event);
  if (!act) return;
  event.preventDefault();
  act();
});

text.addEventListener("input", () => {
  chosen = 0;
  fit();
  showMenu();
});

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

fit();
