// Keeps the page at the service's state: whenever the stream tells of something, the whole state is fetched once more
// and put onto the page in one go, so that nothing on it is ever older than anything else.

import { drawCharts } from "./charts.js";
import { hasJumped, learn, timeWords } from "./clock.js";
import { fill, write } from "./fill.js";
import { Tabs } from "./leader.js";

/** Without any sign for so long the page says that it is stale: within 45 s, counting in seconds. */
const STALE = 44_000;
/** A tab that hears nothing of the others looks for itself. */
const QUIET = 25_000;
/** What changes without an event, such as Telegram's troubles, is at most so old. */
const REFRESH = 30_000;
const LEAST_WAIT = 1_000;
const MOST_WAIT = 30_000;
/** A stream that lasted so long was a good one. */
const WELL = 5_000;
const TICK = 250;

const WORDS = { live: "Live", trying: "Connection lost, trying again", stale: "Stale", out: "Signed out" };
const NOTICES = {
  stale: "Nothing was heard from Stockbell for a while. What stands here is old; the page comes back by itself.",
  out: "You are signed out. Say /web to the bot in its private chat, and open the link that it sends.",
};
const now = () => performance.now();

class SignedOut extends Error {}

let shown = null;
let heard = now();
let synced = -Infinity;
let trouble = "live";
let wake = () => {};
let reopen = () => {};

// ---- one state, one render

function render(state) {
  const before = shown;
  shown = state;
  fill(document.body, state);
  drawCharts(state);
  if (before) announce(before, state);
  tick();
  document.body.dataset.filled = "";
}

function announce(before, state) {
  const held = new Set(before.products.filter((one) => one.sign === "in").map((one) => one.tcin));
  const come = state.products.filter((one) => one.sign === "in" && !held.has(one.tcin)).map((one) => one.title);
  if (come.length) write(document.getElementById("news"), `In stock: ${come.join(", ")}`);
}

function tick() {
  for (const node of document.querySelectorAll("time[data-says]"))
    write(node, timeWords(node.dataset.says, node.getAttribute("datetime")));
  say(now() - heard >= STALE && trouble !== "out" ? "stale" : trouble);
}

function say(sign) {
  if (document.body.dataset.contact === sign) return;
  document.body.dataset.contact = sign;
  write(document.getElementById("sign-words"), WORDS[sign]);
  const notice = document.getElementById("notice");
  write(notice, NOTICES[sign] ?? "");
  notice.hidden = !NOTICES[sign];
}

/** There was a sign of life. Who is signed out stays so until a state is read again. */
function hear() {
  heard = now();
  if (trouble === "trying") trouble = "live";
  say(trouble);
}

// ---- the state

let wanted = false;
let running = null;

/** Fetch the state, once for however many ask meanwhile. */
function sync() {
  wanted = true;
  running ??= fetchWanted().finally(() => (running = null));
  return running;
}

async function fetchWanted() {
  while (wanted) {
    wanted = false;
    const asked = now();
    const answer = await fetch("api/page", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (answer.status === 401) throw new SignedOut();
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const state = await answer.json();
    take(state, (now() - asked) / 2);
    tabs.tell({ state });
  }
}

function take(state, age) {
  if (state.version !== document.body.dataset.version) renew(state.version);
  if (shown && state.seq < shown.seq && state.server_time < shown.server_time) return;
  synced = now();
  learn(state.server_time, age);
  trouble = "live";
  hear();
  render(state);
}

/** The service was updated, and its page too; once for each version, whatever a cache on the way keeps. */
function renew(version) {
  if (sessionStorage.renewedFor === version) return;
  sessionStorage.renewedFor = version;
  location.reload();
}

function fail(error) {
  trouble = error instanceof SignedOut ? "out" : "trying";
  tick();
}

// ---- the stream

/** Lasts as long as the stream does, and tells whether it did well. */
function listen(signal) {
  const stream = new EventSource(`api/stream?beat=true&after=${shown.seq}`);
  const opened = now();
  return new Promise((resolve) => {
    let last = now();
    const end = (didWell) => {
      clearInterval(watch);
      stream.close();
      resolve(didWell);
    };
    const watch = setInterval(() => now() - last > STALE && end(true), 1_000);
    const on = (kind, then) =>
      stream.addEventListener(kind, ({ data }) => {
        last = now();
        hear();
        then(data);
      });
    for (const kind of document.body.dataset.kinds.split(" ")) on(kind, look);
    on("beat", (data) => {
      tabs.tell({});
      if (JSON.parse(data).seq > shown.seq || now() - synced > REFRESH) look();
    });
    on("reset", () => end(true));
    stream.addEventListener("error", () => end(now() - opened > WELL));
    signal.addEventListener("abort", () => end(true));
    reopen = () => now() - last > QUIET && end(true);
  });
}

/** Follow the service for as long as this tab is the one that does. */
async function serve(signal) {
  let tries = 0;
  while (!signal.aborted) {
    try {
      await sync();
      if (await listen(signal)) tries = 0;
      else trouble = "trying";
    } catch (error) {
      fail(error);
    }
    tick();
    await rest(tries++);
  }
}

/** 1 to 30 s, ever longer, and never at the same time as all the others; less where somebody comes to look. */
function rest(tries) {
  const most = Math.min(MOST_WAIT, LEAST_WAIT * 2 ** (tries + 1));
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, LEAST_WAIT + Math.random() * (most - LEAST_WAIT));
  });
}

const tabs = new Tabs(serve, ({ state }) => {
  if (state) take(state, 0);
  else hear();
});

// ---- the reader

let looked = -Infinity;

function look() {
  looked = now();
  sync().catch(fail);
}

addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  look();
  wake();
  reopen();
});
setInterval(() => {
  if (hasJumped() || (now() - Math.max(heard, looked) > QUIET && !document.hidden)) look();
  tick();
}, TICK);
look();
