// The page of one product: its script builds what can be bought, late, and once more shortly after, but never under a
// finger: no click comes of a button that is drawn anew between its two halves (a trouble of its own).

import { build, call, closeDialog, goToSignIn, has, header, page, pause, showDialog } from "./dom.js";
import { declineCoverage, showChallenge, showDemand, showUnknownDialog, walled } from "./prompts.js";
import { unsettle } from "./unsettle.js";

const REBUILT_AFTER_MS = 200;
const LATE_DIALOG_MS = 500;
const { product, tiles } = page;
// Another product than the page's own, where another of its variations is chosen.
const sold = has("product-other-variation") ? tiles[0] : product;
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
  if (has("product-variations")) return variations();
  if (has("product-find-store")) return findStore();
  const offer = product.offers[chosen];
  if (!offer && !has("product-sold-out-drop")) return build("p", { test: "outOfStockMessage", class: "out" }, "Out of stock");
  return build("div", { class: "buttons" }, has("product-sold-out-drop") ? disabledButton() : offered(offer));
}

function offered(offer) {
  const button = build("button", {
    id: `addToCartButtonOrTextIdFor${sold.tcin}`,
    test: offer.test,
    class: "main",
    disabled: offer.disabled,
    "aria-label": `${offer.text} for ${sold.title}`,
    on: has("product-button-dead") ? {} : { click: () => add(sold.tcin, chosen) },
  }, offer.text);
  unsettle(button, "product", show);
  return [listBox(), button, !offer.disabled && build("button", { class: "second", on: { click: buyNow } }, "Buy now")];
}

function disabledButton() {
  return build("button", { id: `addToCartButtonOrTextIdFor${product.tcin}`, class: "main", disabled: true }, "Add to cart");
}

function variations() {
  return [
    build("div", { role: "group", "aria-label": "Size", class: "buttons" },
      ["Small", "Large"].map((size) => build("button", { class: "second" }, size))),
    build("p", {}, "Select a size to see how it can be bought."),
    build("div", { class: "buttons" }, build("button", { test: "chooseOptionsButton", class: "main" }, "Choose options")),
  ];
}

function findStore() {
  return build("div", { class: "buttons" }, build("button", {
    id: `addToCartButtonOrTextIdFor${product.tcin}`,
    test: "showInStockPrimaryButton",
    class: "main",
  }, "Check stores"));
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
  const cells = has("product-no-cells")
    ? build("p", {}, build("button", { class: "link" }, "Ship to 55403"))
    : build("div", { role: "region", "aria-label": "Fulfillment", class: "cells" }, product.cells.map(cell));
  document.querySelector(".offer").replaceChildren(
    build("div", { test: "@web/AddToCart/FulfillmentSection" }, cells, mainButton()));
}

function showTiles() {
  const tile = ({ tcin, title, price, channel, address, image }) => build("article", { test: "@web/ProductCard", class: "tile" },
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
  if (answer?.json?.captchaRelativeURL) return showChallenge();
  if (answer?.ok && has("add-protection-plan")) return declineCoverage(() => showAdded(answer.json));
  if (answer?.ok) return showAdded(answer.json);
  return showDemand("add", document.querySelector(".offer")) || showNotAdded(answer);
}

async function buyNow() {
  await add(product.tcin, chosen);
  location.assign("/checkout");
}

function viewCart() {
  return build("a", { test: "addToCartModalViewCartCheckout", class: "button main", href: "/cart" }, "View cart & check out");
}

async function showAdded(line) {
  if (has("add-dialog-late")) {
    showDialog("One moment, please", { closable: false });
    await pause(LATE_DIALOG_MS);
  }
  showDialog("Added to cart", {},
    build("p", { test: "addToCartSuccess", class: "good" }, `${page.titles[line.tcin]} · Qty ${line.quantity}`),
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
if (!walled("product")) {
  show();
  showTiles();
  showUnknownDialog("product");
  await pause(REBUILT_AFTER_MS);
  while (document.querySelector(".offer :active")) await pause(REBUILT_AFTER_MS);
  if (!document.querySelector(".veil")) show();
}
