// The shop: a card a product, with its lamp, its switch and its price.

import { animate, byId, el, tell, toast } from "./dom.js";

/** Cards by product number; they are made once, so that no new word takes the focus or what is being typed. */
const cards = new Map();

async function act(name, values) {
  try {
    await tell("act", { name, ...values });
    return true;
  } catch {
    toast("The shop did not take it.");
    return false;
  }
}

export function showShop({ products }) {
  for (const product of products) {
    if (!cards.has(product.tcin)) {
      cards.set(product.tcin, cardOf(product));
      byId("products").append(cards.get(product.tcin).node);
    }
    cards.get(product.tcin).show(product);
  }
}

function cardOf({ tcin, title, picture, seller, preorder }) {
  const lamp = el("span", { class: "lamp" });
  const word = el("span", { class: "lamp-word" });
  const button = el("button", { type: "button", class: "act", onclick: turn });
  const price = priceOf(tcin, title);
  const node = el(
    "li",
    { class: "product", "data-tcin": tcin },
    el(
      "button",
      { type: "button", class: "product-picture", title: `Show ${title} in the chat`, onclick: ask },
      el("img", { src: picture, alt: "", width: "76", height: "76" }),
    ),
    el(
      "div",
      { class: "product-words" },
      el("h3", { title }, title),
      el("p", { class: "stock", role: "status" }, lamp, word),
      seller ? el("p", { class: "seller" }, `sold by ${seller}`) : null,
    ),
    el("div", { class: "product-hands" }, price.node, button),
  );
  let isOpen = false;
  // As a link to the product would: whoever the visitor is asks for its card.
  function ask() {
    document.dispatchEvent(new CustomEvent("start-link", { detail: `p${tcin}` }));
  }
  function turn() {
    void act(isOpen ? "sell out" : "restock", { tcin });
  }
  function show(product) {
    if (node.isConnected && isOpen !== product.open) animate(node, "turned");
    isOpen = product.open;
    node.classList.toggle("open", isOpen);
    setText(word, isOpen ? (preorder ? "Preorder open" : "In stock") : preorder ? "Preorder closed" : "Sold out");
    setText(button, isOpen ? "Sell out" : "Restock");
    button.setAttribute("aria-label", `${button.textContent} ${title}`);
    price.show(product.price);
  }
  return { node, show };
}

// A screen reader tells what is written anew, also where it is the same.
function setText(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function priceOf(tcin, title) {
  const input = el("input", {
    type: "text",
    inputmode: "decimal",
    class: "price",
    size: "6",
    maxlength: "8",
    "aria-label": `Price of ${title}`,
    onchange: put,
    onkeydown: (event) => event.key === "Enter" && input.blur(),
  });
  let known = "";
  const step = (by) => () => change(Math.max(0.01, Number(known) + by).toFixed(2));
  async function change(price) {
    if (!(await act("price", { tcin, price }))) input.value = `$${known}`;
  }
  function put() {
    void change(input.value.replace(/[$,\s]/g, ""));
  }
  const key = (sign, by, name) =>
    el("button", { type: "button", class: "step", onclick: step(by), "aria-label": `${name} ${title}` }, sign);
  const node = el("div", { class: "price-hands" }, key("−", -1, "Lower the price of"), input, key("+", 1, "Raise the price of"));
  function show(price) {
    if (known === price) return;
    known = price;
    if (document.activeElement !== input) input.value = `$${price}`;
  }
  input.addEventListener("blur", () => {
    input.value = `$${known}`;
  });
  return { node, show };
}
