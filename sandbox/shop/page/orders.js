// The owner's orders.

import { build, call, goToSignIn, has, header, page, pause, replaceMain } from "./dom.js";
import { walled } from "./prompts.js";

function card(order) {
  const placed = new Date(order.placed_date).toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" });
  return build("section", { class: "group order" },
    build("h2", {}, placed),
    build("p", {}, `Order #${order.order_number} · $${order.summary.grand_total}`),
    order.order_lines.map((line) => build("p", {},
      build("a", { href: `/p/-/A-${line.item.tcin}` }, page.titles[line.item.tcin] ?? line.item.tcin),
      ` · Qty ${line.quantity}`,
      line.status.key === "CANCELED" && " · Canceled")));
}

const HISTORY = has("orders-newer-call") ? "/post_orders/v1/orders/history" : "/guest_order_aggregations/v1/order_history";
const QUERY = "page_number=1&page_size=10&order_purchase_type=ONLINE";

async function load() {
  const answer = await call("GET", `${HISTORY}?${QUERY}`);
  if (answer?.status === 401) return goToSignIn();
  const orders = answer?.json?.orders;
  const cards = answer?.ok ? orders.map(card) : [build("p", { role: "alert" }, "We can't load your orders right now.")];
  return replaceMain(build("h1", {}, "Orders"), ...(cards.length ? cards : [build("p", {}, "You have no orders yet.")]));
}

await pause(page.buildMs);
header(page.count);
if (!walled("orders")) await load();
