// The owner's orders.

import { build, call, goToSignIn, header, page, pause, replaceMain } from "./dom.js";

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

await pause(page.buildMs);
header(page.count);
const answer = await call("GET",
  "/guest_order_aggregations/v1/order_history?page_number=1&page_size=10&order_purchase_type=ONLINE");
if (answer?.status === 401) goToSignIn();
else if (!answer?.ok) replaceMain(build("h1", {}, "Orders"), build("p", { role: "alert" }, "We can't load your orders right now."));
else if (!answer.json.orders.length) replaceMain(build("h1", {}, "Orders"), build("p", {}, "You have no orders yet."));
else replaceMain(build("h1", {}, "Orders"), ...answer.json.orders.map(card));
