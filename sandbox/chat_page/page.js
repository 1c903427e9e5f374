// The page: what the server tells becomes what is shown.

import { bubble, bubbleId, dayLine, firstLine, goTo, keyboard, settle } from "./bubbles.js";
import { sameDay, timeOf } from "./clock.js";
import { say, showComposer, whoSpeaks } from "./composer.js";
import { animate, byId, el, icon, keepFocus } from "./dom.js";
import { formatted } from "./format.js";
import { showPanel } from "./panel.js";
import { chatOf, countUnread, current, inOrder, lastOf, messagesOf, state } from "./state.js";
import { takeAll, takeNews, takeOverview } from "./state.js";

const NEAR_END = 80;
const wide = matchMedia("(min-width: 760px)");
const scroll = byId("scroll");

/** Whether the end is in view, and to be kept there when something grows. */
let following = true;
let lastTop = 0;

// -- the list of chats ------------------------------------------------------------------------------------------------

function showChats() {
  keepFocus(() => byId("chats").replaceChildren(...state.chats.map(chatRow)));
  byId("eyes").hidden = !state.shop || state.chats.length < 2;
  const unread = [...state.unread.values()].reduce((sum, one) => sum + one.count, 0);
  document.title = unread ? `(${unread}) Practice chat` : "Practice chat";
}

function chatRow(chat) {
  const last = lastOf(chat.id);
  const open = chat.id === state.open;
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "chat",
        "data-key": `chat ${chat.id}`,
        "aria-current": open ? "true" : null,
        onclick: () => openChat(chat.id),
      },
      avatar(chat),
      el("span", { class: "chat-title" }, chat.title, " ", roleOf(chat) ?? ""),
      el("time", {}, last ? timeOf(last.at) : ""),
      el("span", { class: "chat-last" }, last ? firstLine(last) : noteOf(chat)),
      badge(chat),
    ),
  );
}

const personOf = (chat) => state.people.find((one) => one.id === chat.id);

function roleOf(chat) {
  const role = personOf(chat)?.role;
  return role ? el("small", { class: "role" }, role) : null;
}

function badge(chat) {
  const unread = state.unread.get(chat.id);
  if (!unread) return null;
  const label = unread.loud ? "unread, with sound" : "unread";
  return el("span", { class: unread.loud ? "badge" : "badge quiet", title: label }, String(unread.count));
}

function avatar(chat) {
  const tint = String(Math.abs(chat.id) % 5);
  const sign = chat.kind === "private" ? [...chat.title][0] : icon("group");
  return el("span", { class: "avatar", "aria-hidden": "true", "data-tint": tint }, sign);
}

const NOTES = { private: "You speak as this person", channel: "Channel" };

function noteOf(chat) {
  if (chat.shut) return chat.kind === "private" ? "The bot is blocked" : "The bot was put out";
  if (!chat.started) return "Not started yet";
  return NOTES[chat.kind] ?? `Group, ${state.people.length} people`;
}

function openChat(id) {
  state.open = id;
  document.body.dataset.view = "talk";
  read(id);
  showTalk();
  showMessages();
  toEnd();
  if (wide.matches) byId("text").focus();
}

function read(id) {
  state.unread.delete(id);
  byId("newest").hidden = true;
  showChats();
}

// -- the open chat ----------------------------------------------------------------------------------------------------

/** All of the open chat but its messages. */
function showTalk() {
  const chat = current();
  byId("talk").hidden = !chat;
  if (!chat) return;
  const isPrivate = chat.kind === "private";
  byId("talk-avatar").replaceChildren(icon(isPrivate ? "bell" : "group"));
  byId("talk-title").textContent = isPrivate ? "Stockbell" : chat.title;
  byId("talk-note").textContent = isPrivate ? `bot · you are ${[chat.title, personOf(chat)?.role].filter(Boolean).join(", ")}` : noteOf(chat);
  showPinned(chat);
  showWelcome(chat);
  showComposer();
}

function showMessages() {
  const chat = current();
  const list = chat ? inOrder(chat.id) : [];
  const nodes = [];
  list.forEach((message, index) => {
    const before = list[index - 1];
    if (!before || !sameDay(before.at, message.at)) nodes.push(dayLine(message));
    nodes.push(bubbleOf(chat, message, before));
  });
  byId("messages").replaceChildren(...nodes);
}

function bubbleOf(chat, message, before) {
  return bubble(message, {
    before: before && sameDay(before.at, message.at) ? before : null,
    replied: messagesOf(chat.id).get(message.reply),
    speaker: whoSpeaks,
    grouped: chat.kind !== "private",
    onCommand: say,
  });
}

function showWelcome(chat) {
  const empty = !chat.started || chat.shut;
  byId("welcome").hidden = !empty;
  byId("composer").hidden = empty;
  byId("talk").classList.toggle("fresh", empty && !messagesOf(chat.id).size);
  if (!empty) return;
  byId("welcome-title").textContent = chat.shut ? "The bot is blocked" : "Stockbell";
  byId("welcome-text").textContent = chat.shut
    ? "It cannot write here until you let it in again."
    : `You are ${chat.title}. The bot may write to you once you have pressed Start.`;
  byId("start").textContent = chat.shut ? "Restart" : "Start";
}

function showPinned(chat) {
  const message = messagesOf(chat.id).get(chat.pins.at(-1));
  byId("pinned").hidden = !message;
  if (!message) return;
  const [first, ...rest] = message.text.split("\n").filter((line) => line.trim());
  byId("pinned-jump").replaceChildren(
    el("b", {}, first ?? firstLine(message)),
    el("span", {}, rest.join(" · ") || "Pinned message"),
  );
  byId("pinned-full").replaceChildren(
    el("div", { class: "words" }, ...formatted(message.text, message.entities, say)),
    keyboard(message, whoSpeaks) ?? "",
  );
  byId("pinned").dataset.id = message.id;
}

// -- what is new ------------------------------------------------------------------------------------------------------

function takeIn(news) {
  const { what, chat, message } = news;
  takeNews(news);
  if (chat === state.open) keepFocus(() => redraw(what, message));
  if (what === "new") arrived(message);
  showChats();
}

function redraw(what, message) {
  const chat = current();
  const old = byId(bubbleId(message));
  if (what === "delete") showMessages();
  else if (!old) append(chat, message);
  else old.replaceWith(bubbleOf(chat, message, before(chat, message)));
  if (what === "edit") animate(byId(bubbleId(message)), "changed");
  showPinned(chat);
  if (what !== "new" && chat.pins.at(-1) === message.id) animate(byId("pinned"), "changed");
}

function before(chat, message) {
  const list = inOrder(chat.id);
  return list[list.findIndex((one) => one.id === message.id) - 1];
}

function append(chat, message) {
  const earlier = before(chat, message);
  const log = byId("messages");
  if (!earlier || !sameDay(earlier.at, message.at)) log.append(dayLine(message));
  const node = bubbleOf(chat, message, earlier);
  log.append(node);
  animate(node, message.bot && !message.silent ? "rings" : "arrives");
}

function arrived(message) {
  const here = message.chat === state.open;
  if (here && (following || !message.bot)) toEnd();
  if (!message.bot || (here && following && !document.hidden)) return;
  countUnread(message);
  if (here) showNewest();
}

function showNewest() {
  const count = state.unread.get(state.open)?.count;
  const button = byId("newest");
  button.hidden = !count || following;
  button.querySelector("span").textContent = count ? `${count} new` : "";
}

const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;

function toEnd() {
  following = true;
  scroll.scrollTop = scroll.scrollHeight;
}

// -- live -------------------------------------------------------------------------------------------------------------

function listen() {
  const events = new EventSource("/page/events");
  const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("overview", (overview) => {
    takeOverview(overview);
    refresh();
  });
  on("messages", (messages) => {
    takeAll(messages);
    showMessages();
    refresh();
    toEnd();
    openByAddress();
  });
  on("news", takeIn);
  on("answer", settle);
  events.addEventListener("open", () => lost(false));
  events.addEventListener("error", () => {
    lost(true);
    // A browser that was refused altogether does not try again by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

function lost(gone) {
  byId("lost").hidden = !gone;
}

/** Whether a chat was opened by itself: on a phone that happens once, where there is a shop to play with. */
let begun = false;

function refresh() {
  if (!chatOf(state.open)) state.open = null;
  const first = state.chats[0];
  const opens = wide.matches || state.chats.length === 1 || (state.shop && !begun);
  if (state.open === null && first && opens) openChat(first.id);
  begun = true;
  showChats();
  showPanel();
  keepFocus(showTalk);
}

// -- what one can do --------------------------------------------------------------------------------------------------

byId("start").addEventListener("click", () => {
  void say("/start");
  byId("text").focus();
});

byId("back").addEventListener("click", () => {
  state.open = null;
  document.body.dataset.view = "list";
  showChats();
});

byId("pinned-jump").addEventListener("click", () => goTo(byId(`m${state.open}-${byId("pinned").dataset.id}`)));

byId("pinned-open").addEventListener("click", (event) => {
  const full = byId("pinned-full");
  full.hidden = !full.hidden;
  event.currentTarget.setAttribute("aria-expanded", String(!full.hidden));
});

byId("newest").addEventListener("click", () => {
  toEnd();
  read(state.open);
});

scroll.addEventListener("scroll", () => {
  // Only who scrolls up leaves the end; what grows or shrinks around them does not take them from it.
  following = isAtEnd() || (following && scroll.scrollTop >= lastTop);
  lastTop = scroll.scrollTop;
  readIfSeen();
});

document.addEventListener("visibilitychange", readIfSeen);

function readIfSeen() {
  if (state.unread.has(state.open) && following && !document.hidden) read(state.open);
}

// Pictures that load, the pinned bar, a keyboard on the screen: what was at the end stays there.
const growth = new ResizeObserver(() => {
  if (following) toEnd();
});
growth.observe(scroll);
growth.observe(byId("messages"));

// -- links to the bot itself ------------------------------------------------------------------------------------------

/** Of products, which anybody may open for themselves; other words let somebody in. */
const OF_PRODUCT = /^p[0-9]+$/;

document.addEventListener("start-link", ({ detail: code }) => {
  if (OF_PRODUCT.test(code) || state.people.length < 2) return startAs(whoSpeaks(), code);
  askWhoOpens(code);
});

function askWhoOpens(code) {
  const choices = state.people.map((one) => el("button", { class: "start", value: String(one.id) }, one.name));
  const dialog = byId("opener");
  dialog.querySelector("form").replaceChildren(...choices, el("button", { class: "plain", value: "" }, "Cancel"));
  dialog.onclose = () => dialog.returnValue && startAs(Number(dialog.returnValue), code);
  dialog.returnValue = "";
  dialog.showModal();
}

function startAs(person, code) {
  if (state.open !== person) openChat(person);
  void say(`/start ${code}`);
}

/** `/?start=CODE` is what t.me would lead to: once, so that a reload does not say it again. */
function openByAddress() {
  const asked = new URLSearchParams(location.search);
  const code = asked.get("start");
  const first = state.chats.find((chat) => chat.kind === "private");
  const person = chatOf(Number(asked.get("as"))) ?? first;
  if (!code || !person) return;
  history.replaceState(null, "", location.pathname);
  startAs(person.id, code);
}

// -- dark and light ---------------------------------------------------------------------------------------------------

const isDark = () => {
  const wanted = document.documentElement.dataset.theme;
  return wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
});

const kept = localStorage.getItem("theme");
if (kept) document.documentElement.dataset.theme = kept;

listen();
