// The page after an order.

import { build, header, page, pause, replaceMain } from "./dom.js";

await pause(page.buildMs);
header(page.count);
replaceMain(build("section", { class: "group thanks" },
  build("h1", {}, `Thanks for your order, ${page.name}!`),
  build("p", {}, "Order number ", build("span", { test: "order-number" }, `#${page.order}`)),
  build("p", {}, "We'll email you when it is on its way."),
  build("a", { class: "button second", href: "/orders" }, "View orders")));
