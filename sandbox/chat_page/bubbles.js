// One message as a bubble.

import { dayOf, exactTimeOf, timeOf } from "./clock.js";
import { animate, byId, el, icon, tell, toast } from "./dom.js";
import { formatted } from "./format.js";
import { link } from "./links.js";

const PATIENCE_MS = 15000;

/** Buttons that wait for the bot's answer, by query. */
const waiting = new Map();

export const bubbleId = (message) => `m${message.chat}-${message.id}`;

export function bubble(message, { before, replied, speaker, grouped, onCommand }) {
  const mine = !message.bot;
  const classes = ["message", mine ? "mine" : "bots"];
  if (before && joins(before, message)) classes.push("joined");
  if (message.preview || message.file?.kind === "photo") classes.push("with-picture");
  // The board is written anew all the time: nobody wants to hear that each time.
  const live = message.pinned ? "off" : null;
  return el(
    "article",
    { class: classes.join(" "), id: bubbleId(message), "data-id": message.id, "aria-live": live },
    el(
      "div",
      { class: "bubble" },
      grouped && mine ? el("p", { class: "author" }, message.author || "Channel") : null,
      message.forwarded ? el("p", { class: "forwarded" }, "Forwarded message") : null,
      replied ? quote(replied) : null,
      message.file ? attachment(message.file) : null,
      message.preview ? preview(message.preview) : null,
      el("div", { class: "words" }, ...formatted(message.text, message.entities, onCommand)),
      meta(message),
    ),
    keyboard(message, speaker),
  );
}

const joins = (one, next) => one.bot === next.bot && one.person === next.person && next.at - one.at < 180000;

function meta(message) {
  return el(
    "p",
    { class: "meta" },
    replyButton(message),
    message.pinned ? icon("pin", "Pinned") : null,
    message.edits ? el("span", { class: "edited", title: `Edited ${message.edits} times` }, "edited") : null,
    el("time", { title: `Message ${message.id}, ${exactTimeOf(message.at)}` }, timeOf(message.at)),
    message.bot ? el("span", { class: message.silent ? "silent" : "loud" }, sound(message)) : null,
  );
}

function replyButton(message) {
  const reply = () => document.dispatchEvent(new CustomEvent("reply-to", { detail: message }));
  return el("button", { type: "button", class: "reply", "aria-label": "Reply", title: "Reply", onclick: reply }, icon("reply"));
}

const sound = (message) => (message.silent ? icon("muted", "Without sound") : icon("bell", "With sound"));

function quote(replied) {
  const jump = () => goTo(byId(bubbleId(replied)));
  return el("button", { type: "button", class: "quote", onclick: jump }, firstLine(replied));
}

export function firstLine(message) {
  const line = message.text.split("\n", 1)[0];
  return line || (message.file?.kind === "photo" ? "Picture" : (message.file?.name ?? ""));
}

export function goTo(node) {
  if (!node) return;
  node.scrollIntoView({ block: "center", behavior: "smooth" });
  animate(node, "called");
}

function attachment(file) {
  return file.kind === "photo" ? picture(file) : download(file);
}

function picture(file) {
  const show = () => {
    byId("picture-image").src = file.url;
    byId("picture").showModal();
  };
  const size = file.width ? { width: file.width, height: file.height } : {};
  const image = el("img", { src: file.url, alt: "Picture", ...size });
  return el("button", { type: "button", class: "picture", title: "Show it large", onclick: show }, image);
}

function preview(url) {
  const image = el("img", { src: url, alt: "Product", loading: "lazy" });
  return el("div", { class: "preview" }, image);
}

function download(file) {
  return el(
    "a",
    { class: "file", href: file.url, download: file.name },
    el("span", { class: "file-sign" }, icon("file")),
    el("span", {}, el("b", {}, file.name), el("small", {}, sizeOf(file.size))),
  );
}

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function keyboard(message, speaker) {
  if (!message.buttons.length) return null;
  const rows = message.buttons.map((row) => el("div", { class: "row" }, ...row.map((one) => key(message, one, speaker))));
  return el("div", { class: "keyboard" }, ...rows);
}

function key(message, button, speaker) {
  if (button.url != null) return link(button.url, [button.text, icon("link")], { class: "key" });
  const focus = `${bubbleId(message)} ${button.data}`;
  const node = el("button", { type: "button", class: "key", "data-key": focus, onclick: press }, button.text);
  async function press() {
    node.classList.add("busy");
    try {
      const body = { chat: message.chat, message: message.id, data: button.data, person: speaker() };
      waitFor((await tell("press", body)).query, node);
    } catch {
      node.classList.remove("busy");
      toast("The practice chat did not take it.");
    }
  }
  return node;
}

function waitFor(query, node) {
  waiting.set(query, node);
  setTimeout(() => settle({ query, text: "" }), PATIENCE_MS);
}

/** The bot has answered a press, or nobody will. */
export function settle({ query, text, alert }) {
  waiting.get(query)?.classList.remove("busy");
  waiting.delete(query);
  if (!text) return;
  if (!alert) return toast(text);
  byId("alert-text").textContent = text;
  byId("alert").showModal();
}

export const dayLine = (message) => el("p", { class: "day" }, dayOf(message.at));
