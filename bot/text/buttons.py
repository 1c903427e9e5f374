"""Buttons that several texts share: products to pick, the pages of a list, and the words below a private chat.

Whatever stands on a button holds a whole command in its data, so that nothing has to be kept for it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from bot.text.board import stock_sign
from bot.text.draft import Button, Buttons
from bot.text.markup import cut, cut_in_the_middle, money
from monitor.model import StockState
from purchasing.model import Line

#: Telegram takes no more bytes as the data of a button.
MOST_DATA = 64
#: Products on one page where each has a button: so many fit on a phone.
PAGE = 8
#: So many numbers stand in one row.
IN_A_ROW = 4
#: A title on a button is cut here: a phone shows no more of it.
LABEL_TITLE = 26


def command_button(text: str, command: str) -> Button | None:
    """A button that says this command when it is pressed; None for a command that a button can't hold."""
    written = command.encode(errors="replace")
    return Button(text=text, data=command) if len(written) <= MOST_DATA and written.decode() == command else None


def in_rows(buttons: Iterable[Button | None], *, width: int = 2) -> Buttons:
    """Those that there are, so many in a row."""
    there = [one for one in buttons if one is not None]
    return tuple(tuple(there[first : first + width]) for first in range(0, len(there), width))


# ---- products and pages


def product_label(line: Line, price: Decimal | None) -> str:
    """A product on a button: whether it is in stock, what it is called, and a price if it is known."""
    name = cut_in_the_middle(line.name_and_title, LABEL_TITLE) or line.tcin
    return f"{stock_sign(line)} {name}{'' if price is None else f' · {money(price)}'}"


def in_stock_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.stock.state is not StockState.IN_STOCK)


def count_pages(count: int) -> int:
    return max(1, -(-count // PAGE))


def page_row(page: int, pages: int, command_of: Callable[[int], str]) -> tuple[Button, ...]:
    """The first page, the one before, this one, the next and the last: « 1, ← 3, · 4 ·, 5 →, 9 »."""
    if pages == 1:
        return ()
    labels = {
        1: "« 1" if page > 2 else f"← {page - 1}",
        page - 1: f"← {page - 1}",
        page: f"· {page} ·",
        page + 1: f"{page + 1} →",
    }
    labels[pages] = f"{pages} »" if page < pages - 1 else labels[pages]
    there = sorted((number, label) for number, label in labels.items() if 1 <= number <= pages)
    buttons = (command_button(label, command_of(number)) for number, label in there)
    return tuple(one for one in buttons if one is not None)


def number_rows(lines: Sequence[Line], places: Sequence[int]) -> Buttons:
    """A button for each product of a numbered list: it opens its card."""
    numbered = zip(lines, places, strict=True)
    return in_rows(
        (Button(text=f"{stock_sign(line)} {place}", data=f"/show {line.tcin}") for line, place in numbered),
        width=IN_A_ROW,
    )


# ---- the words below a private chat

#: What a tap on each says, and the command that it means.
LIST, BOARD, STATUS, HELP = "📋 List", "📌 Board", "📊 Status", "❓ Help"
STOP_BUYING = "🛑 Stop buying"
WORDS = {LIST: "list", BOARD: "board", STATUS: "status", HELP: "help", STOP_BUYING: "stop"}
#: What stands in the empty field above them.
PLACEHOLDER = "Send a product's link or number"


def words_below(*, may_stop: bool) -> Buttons:
    """The words that always stand below a private chat: what does no harm, and the stop in a row of its own."""
    safe = ((Button(text=LIST), Button(text=BOARD)), (Button(text=STATUS), Button(text=HELP)))
    return (*safe, (Button(text=STOP_BUYING),)) if may_stop else safe


def start_buttons(*, may_stop: bool) -> Buttons:
    """The same below the greeting in a group, where each stands under the message alone."""
    rows = words_below(may_stop=may_stop)
    return tuple(tuple(Button(text=one.text, data=f"/{WORDS[one.text]}") for one in row) for row in rows)


def command_of_word(text: str) -> str | None:
    """The command that such a word means: just as it stands there, whatever the client made of its sign."""
    return _MEANT.get(_letters(text))


def _letters(text: str) -> str:
    return _SIGN_FORM.sub("", cut(text, 40)).casefold()


#: Clients add it to a sign or leave it out.
_SIGN_FORM = re.compile("[\ufe0e\ufe0f]")
_MEANT = {_letters(word): command for word, command in WORDS.items()}
