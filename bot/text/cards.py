"""The card of a product that was just added: it fills in as its title, its price and its stock are learned."""

from collections.abc import Sequence

from bot.text.board import stock_sign
from bot.text.draft import OFFER, Button, Buttons, Draft, Rank
from bot.text.markup import code, detail_words, headed, join_lines, line_heading, money
from bot.text.picks import buy_buttons, limit_buttons, wish_words
from bot.text.reasons import as_sentence, reason
from config.products import Mode, Tcin
from monitor.model import StockState
from monitor.target.products import MISSING, NO_SUCH_PRODUCT
from purchasing.commands import Command
from purchasing.model import Line, Overview

#: So many products that were added at once have a card each; more are named in one message.
MOST_CARDS = 3
#: What the key of a card begins with.
CARD = "card:"
#: Stands on a card until all of it is known.
LOOKING = "🔎 Looking it up at Target …"


def card_key(command: str, tcin: Tcin) -> str:
    return f"{CARD}{command}:{tcin}"


def subject_of_card(key: str) -> tuple[str, Tcin]:
    """The key of the command that added it, and the product."""
    command, _, tcin = key.removeprefix(CARD).rpartition(":")
    return command, Tcin(tcin)


def is_filling(text: str) -> bool:
    """Whether a card that reads so lacks something yet."""
    return LOOKING in text or NOT_LISTED in text


NOT_LISTED = "Target doesn't list this number. Is it right?"


def draft_card(command: Command, tcin: Tcin, overview: Overview, *, chat: int, thread: int | None) -> Draft:
    """The card of a product that this command added, as it is to read now."""
    line = next((one for one in overview.lines if one.tcin == tcin), None)
    mode = overview.controls.mode
    text, buttons = render_gone_card(tcin, mode=mode), Buttons()
    if line is not None:
        is_read = overview.seen.of(line) is not None
        text, buttons = render_card(line, is_read=is_read, undo=_undo(command, tcin), mode=mode)
    return Draft(
        key=card_key(command.key, tcin),
        chat=chat,
        thread=thread,
        text=text,
        buttons=buttons,
        rank=Rank.REPLY,
        silent=True,
        picture=None if line is None else line.stock.image_url,
    )


def render_card(line: Line, *, is_read: bool, undo: str | None, mode: Mode) -> tuple[str, Buttons]:
    """`is_read` tells whether its stock is known, `undo` names the offer that takes it out again.

    It holds no time, so that it is edited only when something is learned.
    """
    text = join_lines(
        [
            headed(mode, f"Watching {line_heading(line)}"),
            _known(line, is_read=is_read),
            f"{wish_words(line.product)}.",
        ]
    )
    out = Button(text="Undo", data=OFFER + undo) if undo else Button(text="Remove", data=f"/remove {line.tcin}")
    if _is_unlisted(line):
        return text, ((Button(text="Remove", data=f"/remove {line.tcin}"),),)
    return text, (*limit_buttons(line), *buy_buttons(line), (out,))


def render_gone_card(tcin: Tcin, *, mode: Mode) -> str:
    return headed(mode, f"{code(tcin)} is not watched any more.")


def _known(line: Line, *, is_read: bool) -> str:
    if _is_unlisted(line):
        return f"⚠️ {NOT_LISTED}"
    if line.remark is not None and line.remark.unread:
        return f"⚠️ {as_sentence(line.remark.why)}"
    if not is_read or not line.stock.title:
        return LOOKING
    price = "" if line.stock.price is None else f"{money(line.stock.price)} · "
    why_not = f", but no alert: {reason(line.why_no_alert)}" if line.why_no_alert else ""
    words = detail_words(line.stock.detail, line.stock.street_date)
    stock = f"in stock{words}{why_not}" if line.stock.state is StockState.IN_STOCK else "sold out"
    return f"{stock_sign(line)} {price}{stock}"


def _is_unlisted(line: Line) -> bool:
    remark = line.remark
    return not line.stock.title and remark is not None and remark.unread and remark.why in _UNLISTED


#: Why nothing is read of a number that the shop doesn't know.
_UNLISTED = frozenset({NO_SUCH_PRODUCT, MISSING})


def _undo(command: Command, tcin: Tcin) -> str | None:
    """Each product that was added has an offer of its own, in their order."""
    added: Sequence[Tcin] = getattr(command.result, "added", ())
    if tcin not in added or len(command.buttons) != len(added):
        return None
    return command.buttons[added.index(tcin)].token
