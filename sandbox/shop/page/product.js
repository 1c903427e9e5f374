// The page of one product: its script builds what can be bought, late, and once more shortly after.

import { build, call, closeDialog, goToSignIn, header, page, pause, showDialog } from "./dom.js";

const REBUILT_AFTER_MS = 200;
const { product, tiles } = page;
let chosen = product.chosen;
let quantity = 1;

function cell({ channel, name, word, open }, index, all) {
  const state = channel === chosen ? "selected" : "not selected";
  return build("button", {
    test: `fulfillment-cell-${channel}`,
    class: `cell ${channel === chosen ? "chosen" : ""}`,
    "aria-label": `${channel} - ${state} - ${index + 1} of ${all.length} - ${word}`,
    "aria-disabled": open ? null : "true",
    on: { click: () => open && choose(channel) },
  }, build("b", {}, name), build("span", {}, word));
}

function choose(channel) {
  chosen = channel;
  show();
}

function mainButton() {
  const offer = product.offers[chosen];
  if (!offer) return build("p", { test: "outOfStockMessage", class: "out" }, "Out of stock");
  return build("div", { class: "buttons" },
    listBox(),
    build("button", {
      id: `addToCartButtonOrTextIdFor${product.tcin}`,
      test: offer.test,
      class: "main",
      disabled: offer.disabled,
      "aria-label": `${offer.text} for ${product.title}`,
      on: { click: () => add(product.tcin, chosen) },
    }, offer.text),
    !offer.disabled && build("button", { class: "second", on: { click: () => buyNow() } }, "Buy now"));
}

// A button that opens a list; its id is another one each time.
function listBox() {
  const id = `select-${crypto.randomUUID().slice(0, 8)}`;
  const box = build("button", {
    id,
    class: "quantity",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    on: { click: () => openList(box) },
  }, `Qty ${quantity}`);
  return build("div", { class: "listbox" }, box);
}

function openList(box) {
  const options = [1, 2, 3, 4].map((count) => build("li", {
    role: "option",
    "aria-selected": String(count === quantity),
    on: { click: () => { quantity = count; show(); } },
  }, String(count)));
  box.setAttribute("aria-expanded", "true");
  box.parentElement.append(build("ul", { role: "listbox" }, options));
}

function show() {
  const section = document.querySelector(".offer");
  section.replaceChildren(
    build("div", { role: "region", "aria-label": "Fulfillment", class: "cells" }, product.cells.map(cell)),
    build("div", { test: "@web/AddToCart/FulfillmentSection" }, mainButton()),
  );
}

function showTiles() {
  const tile = ({ tcin, title, price, channel, address, image }) => build("article", { class: "tile" },
    image && build("img", { src: image, alt: "" }),
    build("a", { href: address }, title),
    build("span", { class: "amount" }, price),
    build("button", {
      id: `addToCartButtonOrTextIdFor${tcin}`,
      test: "shippingButton",
      "aria-label": `Add to cart for ${title}`,
      on: { click: () => add(tcin, channel) },
    }, "Add to cart"));
  document.querySelector(".others").replaceChildren(
    build("h2", {}, "You may also like"), build("div", { class: "tiles" }, tiles.map(tile)));
}

async function add(tcin, channel) {
  const answer = await call("POST", "/web_checkouts/v1/cart_items", {
    cart_type: "REGULAR",
    channel_id: 10,
    shopping_context: "DIGITAL",
    cart_item: { tcin, quantity, item_channel_id: "10" },
    fulfillment: { type: channel === "pickup" ? "PICKUP" : "SHIP", location_id: "865", ship_method: "STANDARD" },
  });
  if (answer?.status === 401) return goToSignIn();
  if (answer?.ok) return showAdded(answer.json);
  return showNotAdded(answer);
}

async function buyNow() {
  await add(product.tcin, chosen);
  location.assign("/checkout");
}

function viewCart() {
  return build("a", { test: "addToCartModalViewCartCheckout", class: "button main", href: "/cart" }, "View cart & check out");
}

async function showAdded(line) {
  showDialog("Added to cart", { test: "addToCartSuccessModal" },
    build("p", { class: "good" }, build("span", { test: "addToCartSuccess" }, "Added to cart"), ` · Qty ${line.quantity}`),
    build("div", { class: "buttons" }, viewCart(),
      build("button", { class: "second", on: { click: closeDialog } }, "Continue shopping")));
  const cart = await call("GET", "/web_checkouts/v1/cart");
  if (cart?.ok) header(cart.json.summary.items_quantity);
}

const REASONS = {
  INVENTORY_UNAVAILABLE: "This item isn't available right now.",
  MAX_PURCHASE_LIMIT_EXCEEDED: "You've reached the purchase limit for this item.",
};

function showNotAdded(answer) {
  showDialog("Item not added to cart", {},
    build("p", {}, REASONS[answer?.code] ?? "Something went wrong. Please try again."),
    build("div", { class: "buttons" }, viewCart(),
      build("button", { class: "second", on: { click: closeDialog } }, "Close")));
}

await pause(page.buildMs);
header(page.count);
show();
showTiles();
await pause(REBUILT_AFTER_MS);
if (!document.querySelector(".veil")) show();
