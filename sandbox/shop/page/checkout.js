// The checkout: the review and its one button.

import { build, call, goToSignIn, has, header, money, page, pause, replaceMain, way } from "./dom.js";
import {
  askAddress, askCvv, askPassword, askPin, showChallenge, showDemand, showUnknownDialog, walled,
} from "./prompts.js";
import { unsettle } from "./unsettle.js";

const CART = "/web_checkouts/v1";

function row(line) {
  return build("article", { class: "row" },
    build("img", { src: `/images/${line.tcin}.png`, alt: "" }),
    build("div", { class: "about" },
      build("a", { href: `/p/-/A-${line.tcin}` }, page.titles[line.tcin] ?? line.tcin),
      build("span", { class: "way" }, way(line)),
      build("span", {}, `Qty ${line.quantity}`)),
    build("span", { class: "amount" }, money(line.unit_price * line.quantity)));
}

function part(name, ...lines) {
  return build("section", { class: "group part" }, build("h2", {}, name), lines.map((line) => build("p", {}, line)));
}

function sums(totals) {
  const line = (name, text) => build("div", { class: "sum" }, build("span", {}, name), build("span", {}, text));
  const count = totals.items_quantity;
  return build("div", { class: "sums" },
    line(`Subtotal (${count} ${count === 1 ? "item" : "items"})`, money(totals.total_product_amount)),
    line("Delivery", totals.total_shipping_charges ? money(totals.total_shipping_charges) : "Free"),
    line("Estimated taxes", money(totals.total_taxes)),
    line("Total", money(totals.grand_total)));
}

function orderButton(cart) {
  const press = build("button", {
    test: "placeOrderButton",
    class: "main",
    disabled: has("checkout-no-payment"),
    on: has("checkout-button-dead") ? {} : { click: () => place(press) },
  }, has("checkout-short-button") ? "Place order" : "Place your order");
  unsettle(press, "checkout", () => show(cart));
  return press;
}

function lines(cart) {
  const count = cart.summary.items_quantity;
  if (has("checkout-no-lines")) return build("p", {}, count === 1 ? "1 item" : `${count} items`);
  return cart.cart_items.map(row);
}

function show(cart) {
  replaceMain(
    build("h1", { test: "checkout-title" }, "Checkout"),
    build("div", { class: "notes" }),
    build("div", { class: "columns" },
      build("div", {},
        part("Delivery", page.address.name, page.address.street, page.address.town),
        part("Payment", has("checkout-no-payment") ? "Add a payment method" : page.card),
        build("section", { class: "group" }, lines(cart))),
      build("aside", { class: "summary" }, sums(cart.summary), orderButton(cart))));
}

function showDelivery(cart) {
  replaceMain(
    build("h1", { test: "checkout-title" }, "Checkout"),
    part("Delivery", page.address.name, page.address.street, page.address.town),
    build("button", { test: "save-and-continue-button", class: "main", on: { click: () => show(cart) } },
      "Save and continue"));
}

function say(text) {
  document.querySelector(".notes").replaceChildren(text && build("p", { role: "alert", class: "note" }, text));
}

const REASONS = {
  INVENTORY_UNAVAILABLE: "An item in your cart is no longer available.",
  EMPTY_CART_FOR_ORDER_SUBMIT: "There are no items in your cart.",
};

async function place(press) {
  press.disabled = true;
  say("");
  const answer = await call("POST", `${CART}/checkout`, { cart_type: "REGULAR", channel_id: 10 });
  if (answer?.json?.captchaRelativeURL) return showChallenge();
  if (answer?.status === 401) return askPassword();
  if (has("press-pin")) return askPin();
  if (has("press-no-confirmation")) return undefined;
  if (has("press-confirmation-only")) return location.assign("/checkout/confirmation");
  if (has("press-other-confirmation")) return location.assign("/order-confirmation");
  if (answer?.ok) return location.assign(`/checkout/confirmation?orderId=${answer.json.orders[0].order_id}`);
  press.disabled = false;
  say(REASONS[answer?.code] ?? "Something went wrong on our end. Please try again.");
  return answer?.code === "MISSING_CREDIT_CARD_CVV" && askCvv();
}

async function load() {
  const answer = await call("POST", `${CART}/pre_checkout`, { cart_type: "REGULAR" });
  if (answer?.status === 401) return goToSignIn();
  if (!answer?.ok || has("checkout-bounces") || has("checkout-bounces-once")) return location.replace("/cart");
  if (has("checkout-demand-dialog") || has("checkout-demand-inline")) {
    replaceMain(build("h1", {}, "Checkout"), build("div", { class: "notes" }));
    return showDemand("checkout", document.querySelector(".notes"));
  }
  has("checkout-save-and-continue") ? showDelivery(answer.json) : show(answer.json);
  return interrupt();
}

function interrupt() {
  showUnknownDialog("checkout");
  if (has("checkout-cvv")) askCvv();
  if (has("checkout-pin")) askPin();
  if (has("checkout-password")) askPassword();
  if (has("checkout-address")) askAddress();
}

await pause(page.buildMs);
header(page.count);
if (!walled("checkout")) await load();
