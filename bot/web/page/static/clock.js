// The service's clock. The browser's own may be set to anything, and be set anew while the page is open.

let serverTime = Date.parse(document.body.dataset.now);
let receivedAt = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
let drift = Date.now() - performance.now();

/** The service said this time so many milliseconds ago. */
export function learn(time, age) {
  serverTime = Date.parse(time);
  receivedAt = performance.now() - age;
}

export const serverNow = () => serverTime + performance.now() - receivedAt;

/** Whether the machine slept, or its clock was set, since this was last asked: the service's time is asked for anew. */
export function hasJumped() {
  const before = drift;
  drift = Date.now() - performance.now();
  return Math.abs(drift - before) > 2000;
}

function length(from, until) {
  const seconds = Math.max(0, Math.round((until - from) / 1000));
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "m"]])
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

const WORDS = {
  ago: (at, now) => `${length(at, now)} ago`,
  wait: (at, now) => (at > now ? `in ${length(now, at)}` : "now"),
  left: (at, now) => `${length(now, at)} left`,
};

export function timeWords(says, time) {
  return time ? WORDS[says](Date.parse(time), serverNow()) : "";
}
