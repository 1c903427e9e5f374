// Formatted text: words and entities to elements. Offsets count UTF-16 units, as strings do here.

import { el } from "./dom.js";
import { link } from "./links.js";

const TAGS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};

/** The words between two places, with the entities that lie there, as nodes. */
export function formatted(text, entities, onCommand) {
  return within(text, 0, text.length, entities, onCommand);
}

function within(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  for (let index = 0; index < entities.length; index++) {
    const entity = entities[index];
    const begin = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < at || begin >= end) continue; // what the one before it has taken in
    const inner = entities.slice(index + 1).filter((other) => other.offset < end);
    if (begin > at) nodes.push(text.slice(at, begin));
    nodes.push(wrapped(entity, text.slice(begin, end), within(text, begin, end, inner, onCommand), onCommand));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

function wrapped(entity, words, nodes, onCommand) {
  switch (entity.type) {
    case "text_link":
      return link(entity.url, nodes);
    case "url":
      return link(words, nodes);
    case "bot_command":
      return el("button", { type: "button", class: "command", onclick: () => onCommand(words) }, ...nodes);
    case "spoiler":
      return spoiler(nodes);
    case "expandable_blockquote":
      return expandable(nodes);
    default:
      return el(TAGS[entity.type] ?? "span", {}, ...nodes);
  }
}

function spoiler(nodes) {
  const node = el("span", { class: "spoiler", role: "button", tabindex: "0", title: "Show", onclick: show, onkeydown }, ...nodes);
  function show() {
    node.classList.add("shown");
  }
  function onkeydown(event) {
    if (event.key === "Enter" || event.key === " ") show();
  }
  return node;
}

function expandable(nodes) {
  const node = el("blockquote", { class: "short", tabindex: "0", onclick: turn, onkeydown }, ...nodes);
  function turn() {
    node.classList.toggle("short");
  }
  function onkeydown(event) {
    if (event.key === "Enter") turn();
  }
  return node;
}
