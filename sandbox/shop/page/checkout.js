// The checkout: the review and its one button.

import { build, call, goToSignIn, header, money, page, pause, replaceMain } from "./dom.js";

const CART = "/web_checkouts/v1";

function row(line) {
  return build("article", { class: "row" },
    build("img", { src: `/images/${line.tcin}.png`, alt: "" }),
    build("div", { class: "about" },
      build("a", { href: `/p/-/A-${line.tcin}` }, page.titles[line.tcin] ?? line.tcin),
      build("span", { class: "way" }, line.fulfillment.type === "PICKUP" ? "Order pickup at Practice Town" : "Shipping"),
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
    line("Delivery", "Free"),
    line("Estimated taxes", money(totals.total_taxes)),
    line("Total", money(totals.grand_total)));
}

function show(cart) {
  const press = build("button", { test: "placeOrderButton", class: "main", on: { click: () => place(press) } },
    "Place your order");
  replaceMain(
    build("h1", { test: "checkout-title" }, "Checkout"),
    build("p", { role: "alert", class: "note", hidden: true }),
    build("div", { class: "columns" },
      build("div", {},
        part("Delivery", page.address.name, page.address.street, page.address.town),
        part("Payment", page.card),
        build("section", { class: "group" }, cart.cart_items.map(row))),
      build("aside", { class: "summary" }, sums(cart.summary), press)));
}

function say(text) {
  const note = document.querySelector(".note");
  note.textContent = text;
  note.hidden = !text;
}

const REASONS = {
  INVENTORY_UNAVAILABLE: "An item in your cart is no longer available.",
  EMPTY_CART_FOR_ORDER_SUBMIT: "There are no items in your cart.",
};

async function place(press) {
  press.disabled = true;
  say("");
  const answer = await call("POST", `${CART}/checkout`, { cart_type: "REGULAR", channel_id: 10 });
  if (answer?.status === 401) return goToSignIn();
  if (answer?.ok) return location.assign(`/checkout/confirmation?orderId=${answer.json.orders[0].order_id}`);
  press.disabled = false;
  return say(REASONS[answer?.code] ?? "Something went wrong on our end. Please try again.");
}

async function load() {
  const answer = await call("POST", `${CART}/pre_checkout`, { cart_type: "REGULAR" });
  if (answer?.status === 401) return goToSignIn();
  if (!answer?.ok) return location.replace("/cart");
  return show(answer.json);
}

await pause(page.buildMs);
header(page.count);
await load();
