// One clock for all that is told: that of the machine on which Stockbell runs, as its messages tell the time.

import { state } from "./state.js";

const there = (at) => new Date(at + state.clockAhead * 60000).toISOString();

/** As the bot says it: 17:38. */
export const timeOf = (at) => there(at).slice(11, 16);

export const exactTimeOf = (at) => `${there(at).slice(0, 10)}, ${there(at).slice(11, 19)}`;

export const sameDay = (one, next) => there(one).slice(0, 10) === there(next).slice(0, 10);

const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

export const dayOf = (at) => (sameDay(at, Date.now()) ? "Today" : DAY.format(new Date(there(at))));
