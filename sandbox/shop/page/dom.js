// What every page of the shop is built with.

export const page = window.__SHOP__;

// Whether this trouble befalls the page; sandbox/shop/troubles.py has them all.
export function has(trouble) {
  return page.troubles?.includes(trouble) ?? false;
}

// The marks by which elements are known here, whatever a test renamed them to on the page. An id first: the buttons that
// add have the same data-test for every product.
const marks = new WeakMap();

// An element. `test` is its data-test; text goes in as text only.
export function build(tag, { test, on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  marks.set(element, attributes.id ?? test ?? null);
  if (test) attributes["data-test"] = test;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, rename(name, String(value)));
  }
  for (const [event, act] of Object.entries(on)) element.addEventListener(event, act);
  element.append(...children.flat().filter((child) => child != null && child !== false).map(renameText));
  return element;
}

function rename(attribute, value) {
  for (const [before, after] of Object.entries(page.renamed)) {
    if (attribute === "aria-label") value = value.replaceAll(before, after);
    else if (value === before) value = after;
    else if (attribute === "id" && before.endsWith("For") && value.startsWith(before)) value = value.replace(before, after);
  }
  return value;
}

function renameText(child) {
  if (typeof child !== "string") return child;
  return Object.entries(page.renamed).reduce((text, [before, after]) => text.replaceAll(before, after), child);
}

export function money(amount) {
  return `$${Number(amount).toFixed(2)}`;
}

const ARRIVES_AFTER_DAYS = 3;

// How a line of the cart reaches its buyer.
export function way({ fulfillment }) {
  if (fulfillment.type === "PICKUP") return "Order pickup at Practice Town";
  const day = new Date(Date.now() + ARRIVES_AFTER_DAYS * 24 * 3600 * 1000);
  const name = day.toLocaleDateString("en-US", { weekday: "short", month: "short", day: "numeric" });
  return `Shipping, arrives by ${name}`;
}

export function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

export function replaceMain(...children) {
  document.querySelector("main").replaceChildren(...children);
}

// One call to the shop: its status and its JSON, or null where it broke.
export async function call(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let json = {};
    try {
      json = text ? JSON.parse(text) : {};
    } catch {
      json = null;
    }
    const code = json?.alerts?.[0]?.code ?? json?.code ?? answer.headers.get("tgt-cart-error-key") ?? null;
    return { ok: answer.ok && json !== null, status: answer.status, json, code };
  } catch {
    return null;
  }
}

// A dialog over the page; there is one at most.
export function showDialog(heading, { test, label, closable = true } = {}, ...children) {
  closeDialog();
  const close = closable && build("button", { class: "close", "aria-label": "close", on: { click: closeDialog } }, "×");
  const title = build("h2", {}, heading);
  const box = build("div", { role: "dialog", "aria-modal": "true", "aria-label": label ?? heading, class: "dialog", test },
    close, title, ...children);
  document.body.append(build("div", { class: "veil" }, box));
  return box;
}

export function closeDialog() {
  document.querySelector(".veil")?.remove();
}

export function goToSignIn() {
  location.assign(`/login?redirect=${encodeURIComponent(location.pathname)}`);
}

export function header(count) {
  const cart = count === 1 ? "cart 1 item" : `cart ${count} items`;
  const account = page.name
    ? build("a", { test: "@web/AccountLink", href: "/account", id: "account-sign-in" }, `Hi, ${page.name}`)
    : build("a", { test: "@web/AccountLink", href: "/login", id: "account-sign-in" },
      build("span", { test: "accountNav-signIn" }, "Sign in"));
  document.querySelector("header nav").replaceChildren(
    build("a", { href: "/orders" }, "Orders"),
    account,
    build("a", { test: "@web/CartLink", href: "/cart", "aria-label": cart }, build("span", { class: "bag" }), String(count)),
  );
}

// The shop counts clicks and typing by itself: a test asks it, not the browser that it tests.
function report(path, what) {
  navigator.sendBeacon(path, what);
}

document.addEventListener("click", (event) => {
  for (let element = event.target; element instanceof Element; element = element.parentElement) {
    const mark = marks.get(element);
    if (mark || element.matches("button, a, input")) {
      report("/practice/clicks", mark || element.textContent.trim());
      return;
    }
  }
}, true);

document.addEventListener("input", (event) => {
  if (event.target.matches("input")) report("/practice/typed", event.target.id);
}, true);
