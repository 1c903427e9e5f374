// Pages without anything of their own to build.

import { header, page, pause } from "./dom.js";

await pause(page.buildMs);
header(page.count);
