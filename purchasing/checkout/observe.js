// One look at the page: what is on it of what `configuration` (pages.py) names, as the JSON of a `Seen` (model.py).
// It decides nothing, changes nothing (no scrolling, no focus), and never throws: what can't be read is left out.
(wanted) => {
  const LONGEST = 300;
  const WHOLE = 1_000_000;
  const MOST = 200;
  const CLIMB = 4;
  const AMOUNT = /\$\s?[0-9][0-9,]*(?:\.[0-9]{2})?/g;
  const UNREAD = "script, style, noscript, template, textarea";

  const attempt = (read, otherwise) => {
    try {
      return read();
    } catch {
      return otherwise;
    }
  };
  const list = (css, within = document) => attempt(() => [...within.querySelectorAll(css)], []);
  const matches = (element, css) => attempt(() => css !== "" && element.matches(css), false);
  const tidy = (text, longest = LONGEST) =>
    String(text ?? "")
      .toWellFormed()
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/[\u201c\u201d]/g, '"')
      .replace(/[\s\u0000-\u001f\u007f]+/g, " ")
      .trim()
      .slice(0, longest)
      .toWellFormed();

  // ---- of one element

  const isVisible = (element) =>
    attempt(() => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
    }, false);

  const isEnabled = (element) =>
    !matches(element, ":disabled, [inert], [inert] *, [aria-disabled='true'], [aria-disabled='true'] *");

  // Out of sight is not covered: a click scrolls first.
  const isOutOfSight = (element, x, y) => {
    if (x < 0 || y < 0 || x >= window.innerWidth || y >= window.innerHeight) return true;
    for (let around = element.parentElement; around !== null; around = around.parentElement) {
      if (getComputedStyle(around).overflow === "visible" || around === document.documentElement) continue;
      if (around === document.body) continue;
      const box = around.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) return true;
    }
    return false;
  };

  const isCovered = (element) =>
    attempt(() => {
      const box = element.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (isOutOfSight(element, x, y)) return false;
      const hit = document.elementFromPoint(x, y);
      if (hit === null || element.contains(hit)) return false;
      return hit.closest("label")?.control !== element;
    }, true);

  const textOf = (element) => tidy(attempt(() => element.innerText, null) ?? attempt(() => element.textContent, ""));

  // Of lists alone: what somebody typed is never read.
  const valueOf = (element) => {
    if (matches(element, "select")) {
      const chosen = element.selectedOptions[0];
      return tidy(chosen?.value || chosen?.text);
    }
    for (const name of ["aria-expanded", "aria-checked", "aria-selected", "aria-pressed"]) {
      const state = element.getAttribute(name);
      if (state !== null) return tidy(state);
    }
    return "";
  };

  const describe = (element, number, count, text = textOf(element)) => {
    const visible = isVisible(element);
    return {
      selector: number,
      count,
      visible,
      enabled: isEnabled(element),
      covered: visible && isCovered(element),
      text,
      label: tidy(element.getAttribute("aria-label")),
      value: attempt(() => valueOf(element), ""),
    };
  };

  // ---- words

  const shown = new Map();
  const isShown = (element) => {
    if (!shown.has(element)) shown.set(element, attempt(() => element.checkVisibility({ visibilityProperty: true }), true));
    return shown.get(element);
  };

  const passedOver = wanted.ignored === "" ? UNREAD : `${UNREAD}, ${wanted.ignored}`;
  const readTexts = (within) => {
    const filter = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
      return node.matches(passedOver) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    };
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, filter);
    const nodes = [];
    while (walker.nextNode() !== null) {
      const node = walker.currentNode;
      if (/\S/.test(node.data) && isShown(node.parentElement)) nodes.push(node);
    }
    return nodes;
  };

  const textsWithin = (within) => attempt(() => readTexts(within), []);
  const shownText = (within) => tidy(textsWithin(within).map((node) => node.data).join(" "), WHOLE);
  const body = textsWithin(document.body);

  // The least part around the words that holds an amount, if it holds one alone.
  const amountBeside = (words) => {
    const pattern = new RegExp(`^(?:${words})$`, "i");
    for (const node of body) {
      if (node.data.length > LONGEST || !pattern.test(node.data.replace(AMOUNT, "").trim())) continue;
      let around = node.parentElement;
      for (let step = 0; step < CLIMB && around !== null; step += 1, around = around.parentElement) {
        const amounts = new Set(shownText(around).match(AMOUNT) ?? []);
        if (amounts.size === 1) return around;
        if (amounts.size > 1) break;
      }
    }
    return null;
  };

  // ---- markers

  const look = (ways, within = document) => {
    for (const [number, way] of ways.entries()) {
      if (way.beside !== undefined) {
        const element = within === document ? attempt(() => amountBeside(way.beside), null) : null;
        if (element !== null) return describe(element, number, 1, tidy(shownText(element)));
        continue;
      }
      const all = list(way.css, within);
      if (all.length > 0) return describe(all.find(isVisible) ?? all[0], number, all.length);
    }
    return null;
  };

  const found = {};
  for (const [name, ways] of Object.entries(wanted.markers)) {
    const one = attempt(() => look(ways), null);
    if (one !== null) found[name] = one;
  }

  // ---- texts

  const whole = tidy(body.map((node) => node.data).join(" "), WHOLE).toLowerCase();
  const texts = [];
  for (const [name, text] of Object.entries(wanted.texts)) {
    const places = text.within === "" ? [whole] : list(text.within).map((part) => shownText(part).toLowerCase());
    if (text.phrases.some((phrase) => places.some((place) => place.includes(phrase)))) texts.push(name);
  }

  // ---- dialogs

  const isWithinAnother = (element, all) => all.some((other) => other !== element && other.contains(element));
  const open = list(wanted.dialogs).filter(isVisible);
  const dialogs = open
    .filter((dialog) => !isWithinAnother(dialog, open))
    .slice(0, MOST)
    .map((dialog) => ({
      text: tidy(shownText(dialog)),
      markers: Object.entries(wanted.markers)
        .filter(([, ways]) =>
          ways.some((way) => way.css !== undefined && list(way.css).some((one) => dialog.contains(one) && isVisible(one))),
        )
        .map(([name]) => name),
    }));

  // ---- rows

  const numberIn = (text) => {
    const number = /(?:^|[^0-9])([0-9]{1,3})(?![0-9])/.exec(text);
    return number === null ? null : Number(number[1]);
  };

  const quantityOf = (row) => {
    const element = list(wanted.row.quantity, row)[0];
    if (element === undefined) return null;
    const told = [valueOf(element), tidy(element.getAttribute("aria-label")), textOf(element)];
    if (/^[0-9]{1,3}$/.test(told[0])) return Number(told[0]);
    return numberIn(told[1]) ?? numberIn(told[2]);
  };

  const readRow = (row) => {
    const numbers = new Set(
      list(wanted.row.link, row)
        .map((link) => new RegExp(wanted.row.tcin).exec(link.getAttribute("href") ?? ""))
        .filter((number) => number !== null)
        .map((number) => number[1]),
    );
    const seller = new RegExp(wanted.row.seller, "i").exec(attempt(() => row.innerText, "") ?? "");
    const title = list(wanted.row.title, row)[0];
    return {
      tcin: numbers.size === 1 ? [...numbers][0] : null,
      title: title === undefined ? "" : textOf(title),
      quantity: attempt(() => quantityOf(row), null),
      seller: seller === null ? null : tidy(seller[1]),
      text: textOf(row),
    };
  };

  const readRows = (css) => {
    const all = list(css);
    const outermost = all.filter((row) => !isWithinAnother(row, all));
    return outermost.slice(0, MOST).map((row) =>
      attempt(() => readRow(row), { tcin: null, title: "", quantity: null, seller: null, text: "" }),
    );
  };

  const rowsOfCart = wanted.rows.map(readRows).find((rows) => rows.length > 0) ?? [];

  return {
    address: attempt(() => tidy(location.pathname + location.search, 2000), ""),
    title: attempt(() => tidy(document.title), ""),
    found,
    texts,
    dialogs,
    rows: rowsOfCart,
    saved: readRows(wanted.saved),
  };
}
