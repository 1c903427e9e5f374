// The cart: what will be bought, what is saved for later, and the summary, which is shut at first.

import { build, call, goToSignIn, has, header, money, page, pause, replaceMain, way } from "./dom.js";
import { showDemand, showUnknownDialog, walled } from "./prompts.js";

const CART = "/web_checkouts/v1";
const SAVED = "/saved_for_later/v1/items";
let open = false;
let note = "";

function address(tcin) {
  return `/p/-/A-${tcin}`;
}

function row(line, ...controls) {
  const title = page.titles[line.tcin] ?? line.tcin;
  return build("article", { test: "cartItem", class: "row" },
    build("a", { href: address(line.tcin), "aria-hidden": "true", tabindex: "-1" },
      build("img", { src: `/images/${line.tcin}.png`, alt: "" })),
    build("div", { class: "about" },
      build("a", { test: "cartItem-title", href: address(line.tcin) }, title),
      line.seller && build("span", { class: "seller" }, `Sold & shipped by ${line.seller}`),
      build("span", { class: "way" }, way(line)),
      has("cart-sold-out") && build("span", { class: "out" }, "Out of stock"),
      has("cart-add-on") && build("span", { class: "way" }, "Add-on item: ships with $35 orders"),
      build("div", { class: "controls" }, controls)),
    build("span", { test: "cartItem-price", class: "amount" }, money(line.unit_price * line.quantity)));
}

function bought(line) {
  const most = Math.max(line.purchase_limit ?? 10, line.quantity);
  const options = Array.from({ length: most }, (_, index) =>
    build("option", { value: index + 1, selected: index + 1 === line.quantity }, String(index + 1)));
  return row(line,
    build("select", {
      test: "cartItem-qty-stepper",
      "aria-label": `quantity, ${line.quantity} selected`,
      on: { change: (event) => change(line, Number(event.target.value)) },
    }, options),
    build("button", { class: "link", on: { click: () => act("POST", SAVED, { cart_item_id: line.cart_item_id }) } },
      "Save for later"),
    build("button", { test: "cartItem-deleteBtn", class: "link", "aria-label": `remove ${page.titles[line.tcin] ?? ""}`,
      on: { click: () => act("DELETE", `${CART}/cart_items/${line.cart_item_id}`) } }, "Remove"));
}

function saved(line) {
  return row(line,
    build("button", { class: "link", on: { click: () => act("POST", `${SAVED}/${line.cart_item_id}/move`) } },
      "Move to cart"),
    build("button", { test: "cartItem-deleteBtn", class: "link",
      on: { click: () => act("DELETE", `${SAVED}/${line.cart_item_id}`) } }, "Remove"));
}

function change(line, quantity) {
  return act("PUT", `${CART}/cart_items/${line.cart_item_id}`, { cart_item: { quantity } });
}

async function act(method, path, body) {
  const answer = await call(method, path, body);
  if (answer?.status === 401) return goToSignIn();
  note = answer?.ok ? "" : "Something went wrong. Please try again.";
  return load("GET");
}

function summary({ summary: totals }) {
  const line = (name, test, text) => build("div", { class: "sum" }, build("span", {}, name), build("span", { test }, text));
  const count = totals.items_quantity;
  const toggle = build("button", {
    class: "toggle",
    "aria-expanded": String(open),
    on: { click: () => { open = !open; load("GET"); } },
  }, build("span", { test: "cart-order-summary" }, "Order summary"), build("span", {}, open ? "Hide" : "Show"));
  return build("aside", { class: "summary" }, toggle,
    open && build("div", { class: "sums" },
      line(`Subtotal (${count} ${count === 1 ? "item" : "items"})`, "cart-summary-subTotal", money(totals.total_product_amount)),
      line("Delivery", "cart-summary-delivery", "Free"),
      line("Estimated taxes", "cart-summary-taxes", money(totals.total_taxes)),
      line("Total", "cart-summary-total", money(totals.grand_total))),
    build("button", {
      test: "checkout-button",
      class: "main",
      disabled: has("cart-add-on"),
      on: { click: () => showDemand("cart", document.querySelector(".notes")) || location.assign("/checkout") },
    }, "Check out"));
}

function show(cart, kept) {
  header(cart.summary.items_quantity);
  const lines = cart.cart_items;
  const group = lines.length
    ? build("section", { test: "cart-item-groups", class: "group" }, lines.map(bought))
    : build("section", { class: "group" }, build("h2", {}, "Your cart is empty"));
  const later = kept.length && build("section", { test: "sfl-cart-item-list", class: "group" },
    build("h2", {}, `Saved for later (${kept.length})`), kept.map(saved));
  replaceMain(
    build("h1", {}, "Cart"),
    build("div", { class: "notes" }, note && build("p", { role: "alert", class: "note" }, note)),
    build("div", { class: "columns" },
      build("div", {}, group, later),
      lines.length > 0 && summary(cart)));
}

function showSignedOut() {
  header(0);
  replaceMain(build("h1", {}, "Cart"), build("section", { class: "group" },
    build("h2", {}, "Your cart is empty"),
    build("p", {}, "Have items saved? ", build("a", { href: "/login?redirect=/cart" }, "Sign in"))));
}

async function load(method) {
  const [cart, kept] = [await call(method, `${CART}/cart`, method === "PUT" ? { cart_type: "REGULAR" } : undefined),
    await call("GET", SAVED)];
  if (cart?.status === 401) return showSignedOut();
  if (!cart?.ok) return replaceMain(build("h1", {}, "Cart"), build("p", { role: "alert" }, "Something went wrong."));
  return show(cart.json, kept?.ok ? kept.json.items : []);
}

await pause(page.buildMs);
header(page.count);
if (!walled("cart")) {
  await load("PUT");
  showUnknownDialog("cart");
}
