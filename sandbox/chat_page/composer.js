// Where one writes: the text, who speaks, and the menu behind the slash.

import { byId, el, tell, toast } from "./dom.js";
import { current, state } from "./state.js";

const text = byId("text");
const menu = byId("menu");
const speaker = byId("speaker");
const thread = byId("thread");

let chosen = 0;
let lastSaid = "";

export const whoSpeaks = () => (current()?.kind === "private" ? current().id : Number(speaker.value));

export async function say(words) {
  const chat = current();
  const topic = chat.threads.length && thread.value ? Number(thread.value) : null;
  try {
    await tell("say", { chat: chat.id, person: whoSpeaks(), text: words, thread: topic });
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
  menu.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

function entry(one, index) {
  const attributes = { role: "option", "aria-selected": String(index === chosen), onclick: () => choose(one) };
  return el("li", attributes, el("b", {}, `/${one.command}`), el("span", {}, one.description));
}

function choose(one) {
  text.value = "";
  fit();
  showMenu();
  text.focus();
  void send(`/${one.command}`);
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

// -- the text ---------------------------------------------------------------------------------------------------------

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  byId("send").disabled = !text.value.trim();
}

async function send(words) {
  lastSaid = words;
  await say(words);
}

function submit() {
  const words = text.value.trim();
  if (!words) return;
  text.value = "";
  fit();
  showMenu();
  void send(words);
}

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
