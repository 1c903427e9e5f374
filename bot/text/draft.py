"""Our types to words and buttons, as plain data. Every text is Telegram's HTML, escaped, and within its limits."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import IntEnum
from unicodedata import bidirectional, category

from config.products import Channel, Mode, Tcin
from monitor.model import Stock
from purchasing.model import Attempt, Episode, Json, Step
from purchasing.rules.state_machine import BEFORE_BUTTON, HOLDS_SLOT

#: Telegram's limit for a text is 4,096 UTF-16 units after parsing; this leaves room for the mark of a repetition.
TEXT_LIMIT = 4000
#: Its limit for the words under a file is 1,024.
CAPTION_LIMIT = 900
#: What takes more messages than this becomes a file.
MOST_MESSAGES = 4
#: Titles are cut here: the shop's are never so long.
FULL_TITLE = 1000
#: Reasons, and other words that others chose, are cut here.
REASON = 300
#: An alert tells of so many real attempts, the last ones.
MOST_TRIES = 5

#: Stands at the end of what was sent twice.
REPEATED = "\n\n<i>sent again: it is not known whether the first one arrived</i>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


class Rank(IntEnum):
    """What leaves first."""

    #: A stop, a purchase, blindness: what a person must know.
    URGENT = 0
    STOCK = 1
    REPLY = 2
    BOARD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as it is to read. `key` tells it from every other; drafting it again edits it in place."""

    key: str
    chat: int
    text: str
    rank: Rank
    thread: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    pin: bool = False
    #: The address of a picture that Telegram shows above the text.
    picture: str | None = None
    #: Sent again, marked, when nobody knows whether it arrived; and anew when it was deleted and is to be edited.
    matters: bool = True
    #: Never edited: drafting it again changes nothing.
    once: bool = False
    #: The name of a file that holds the whole text, of which the message shows the first line.
    file: str | None = None


# ---- words and numbers


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def cut(text: str, length: int) -> str:
    """On one line, without invisible signs, at most `length` UTF-16 units, cut with an ellipsis."""
    if not text.isprintable():
        text = "".join(_visible(sign) for sign in text)
    text = _cut_units(" ".join(text.split()).strip(_AT_NO_END), length)
    is_turned = not text.isascii() and any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
    return f"\u2068{text}\u2069" if is_turned else text


def _visible(sign: str) -> str:
    kind = category(sign)
    if kind == "Cc":
        return " "
    return sign if sign == _JOINER or kind not in _INVISIBLE else ""


def _cut_units(text: str, length: int) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * length:
        return text
    # A character that is cut in half is left out whole.
    return units[: 2 * (length - 1)].decode("utf-16-le", errors="ignore").rstrip(_AT_NO_END) + "…"


#: Joins the parts of one emoji.
_JOINER = "\u200d"
_AT_NO_END = f" {_JOINER}"
#: Format signs, among them those that turn the direction of all that follows, and halves of characters.
_INVISIBLE = frozenset({"Cf", "Cs"})
#: Text of this direction is isolated, so that it doesn't turn what stands around it.
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def quoted(text: object, length: int = REASON) -> str:
    """Words that somebody else chose, such as a reason or a name: on one line, cut, escaped."""
    return escape(cut(str(text), length))


def mode_word(mode: Mode) -> str:
    return {Mode.SIMULATE: "PRACTICE", Mode.REHEARSE: "REHEARSAL", Mode.LIVE: "LIVE"}[mode]


def money(amount: Decimal | None) -> str:
    return "price unknown" if amount is None else f"${amount:,.2f}"


def span(lasted: timedelta) -> str:
    """A length of time as a person says it: "2 m 40 s"."""
    seconds = max(0, round(lasted.total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or "0 s"


def clock_time(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S")


def day_time(at: datetime, zone: tzinfo) -> str:
    """For times that may be days away."""
    return at.astimezone(zone).strftime("%d %b %H:%M:%S")


def name_of(stock: Stock, name: str | None, *, length: int = FULL_TITLE) -> str:
    """The product's title, by its own name until the shop has told one; escaped."""
    return escape(cut(stock.title or "", length) or cut(name or "", length) or "title not known yet")


def product_heading(stock: Stock, name: str | None, tcin: Tcin) -> str:
    return f"<b>{name_of(stock, name)}</b> · <code>{tcin}</code>"


def join_lines(lines: Iterable[str | None]) -> str:
    return "\n".join(line for line in lines if line is not None)


# ---- length


def plain(text: str) -> str:
    """What one reads of it."""
    return html.unescape(_TAG.sub("", text))


_TAG = re.compile(r"<[^>]*>")


def shown_length(text: str) -> int:
    """As Telegram counts it: in UTF-16 units, after parsing."""
    return len(plain(text).encode("utf-16-le")) // 2


def caption_of(text: str) -> str:
    """Its first line, for the message that comes with a file of it."""
    return quoted(plain(text.partition("\n")[0]), CAPTION_LIMIT)


def in_messages(draft: Draft, *, mode: Mode) -> list[Draft]:
    """The draft as Telegram takes it: in one message, in several that are split at lines, or as a file.

    The first has the sound and the picture, the last the buttons.
    """
    texts = _split_at_lines(draft.text)
    if len(texts) > MOST_MESSAGES or any(shown_length(text) > TEXT_LIMIT for text in texts):
        return [replace(draft, file="stockbell.txt", picture=None)]
    first, *further = [replace(draft, text=text, buttons=()) for text in texts]
    parts = [first, *(_continued(one, mode, place, len(texts)) for place, one in enumerate(further, start=2))]
    return [*parts[:-1], replace(parts[-1], buttons=draft.buttons)]


def _continued(draft: Draft, mode: Mode, place: int, of: int) -> Draft:
    text = f"{mode_word(mode)} · {place} of {of}\n{draft.text}"
    return replace(draft, key=f"{draft.key}:{place}", text=text, silent=True, picture=None)


def _split_at_lines(text: str) -> list[str]:
    pages: list[list[str]] = [[]]
    size = 0
    for line in text.split("\n"):
        length = shown_length(line) + 1
        if pages[-1] and size + length > TEXT_LIMIT:
            pages.append([])
            size = 0
        pages[-1].append(line)
        size += length
    return [join_lines(page) for page in pages]


def fit(lines: Sequence[str]) -> str:
    """As many whole lines as one message takes; what is left out is counted."""
    kept: list[str] = []
    size = 0
    for number, line in enumerate(lines):
        size += shown_length(line) + 1
        if size > TEXT_LIMIT:
            return join_lines([*kept, f"and {len(lines) - number} lines more"])
        kept.append(line)
    return join_lines(kept)


# ---- alerts


def alert_word(episode: Episode) -> str:
    """The one word in capitals for where a restock window stands."""
    last = episode.attempts[-1] if episode.attempts else None
    if last is not None and last.step is Step.UNCONFIRMED:
        return "UNCONFIRMED"
    if last is not None and last.step in HOLDS_SLOT:
        return "BUYING"
    if last is not None and last.step is Step.CONFIRMED and last.mode is Mode.LIVE:
        return "PURCHASED"
    if episode.closed_at is not None:
        return "GONE"
    return _word_of_outcome(last)


_WORDS_OF_ATTEMPTS = frozenset({"UNCONFIRMED", "BUYING", "PURCHASED", "FAILED"})


def _word_of_outcome(last: Attempt | None) -> str:
    if last is None or last.step is Step.REHEARSED:
        return "IN STOCK"
    return "PURCHASED" if last.step is Step.CONFIRMED else "FAILED"


def render_alert(episode: Episode, *, mode: Mode, zone: tzinfo, link: str | None, asked: str | None = None) -> str:
    """A restock window's whole story; the same message is edited as the story goes on.

    `mode` is what holds now, `asked` where the question stands whether to buy. An alert that stands at an attempt says
    that attempt's mode, which it keeps.
    """
    stock, product, word = episode.stock, episode.product, alert_word(episode)
    said = episode.attempts[-1].mode if word in _WORDS_OF_ATTEMPTS else mode
    return join_lines(
        [
            f"{mode_word(said)} · <b>{word}</b> · {money(stock.price)}",
            product_heading(stock, product.name, product.tcin),
            f"by {_where(episode)} since {clock_time(episode.opened_at, zone)}{_link(link)}",
            *_tries(episode, said=said),
            asked,
            _end(episode, zone),
        ]
    )


def _link(url: str | None) -> str:
    return "" if url is None else f' · <a href="{escape(url)}">open at Target</a>'


CHANNEL_WORDS = {Channel.SHIPPING: "shipping", Channel.PICKUP: "pickup", Channel.ANY: "shipping or pickup"}


def _where(episode: Episode) -> str:
    detail = episode.stock.detail
    return f"{CHANNEL_WORDS[episode.product.channel]}{detail_words(detail)}"


def detail_words(detail: str | None) -> str:
    """The shop's own word, where it says more than ours."""
    words = cut(detail or "", 100)
    return "" if words in {"", "IN_STOCK", "OUT_OF_STOCK"} else f" ({escape(words.replace('_', ' ').lower())})"


def _tries(episode: Episode, *, said: Mode) -> list[str]:
    """What was tried; each mode that is not `said` above is named."""
    ended = [one for one in episode.attempts if one.step not in HOLDS_SLOT]
    practice = [one for one in ended if one.mode is Mode.SIMULATE]
    real = [one for one in ended if one.mode is not Mode.SIMULATE]
    told = [f"{len(real) - MOST_TRIES} earlier attempts"] if len(real) > MOST_TRIES else []
    told += [_in_mode(outcome_line(one), one.mode, said) for one in real[-MOST_TRIES:]]
    if practice:
        told.append(_in_mode(_practised(practice), Mode.SIMULATE, said))
    told += [_under_way(one) for one in episode.attempts[-1:] if one.step in HOLDS_SLOT]
    return told


def _in_mode(line: str, mode: Mode, said: Mode) -> str:
    return line if mode is said else f"{mode_word(mode)} · {line}"


def _practised(practice: Sequence[Attempt]) -> str:
    last = outcome_line(practice[-1])
    if len(practice) == 1:
        return last
    bought = sum(one.step is Step.CONFIRMED for one in practice)
    return f"practised {len(practice)} times, {bought} bought; last: {last}"


def _under_way(attempt: Attempt) -> str:
    if attempt.step is Step.UNCONFIRMED:
        return f"attempt {attempt.id}: {_doubt(attempt)}; the order list is asked"
    # No word of the step: an edit for each would use up the chat's pace, and /slot tells it.
    return f"attempt {attempt.id} is under way"


def _doubt(attempt: Attempt) -> str:
    return quoted(attempt.why or "") or "no confirmation was seen"


def step_words(attempt: Attempt) -> str:
    words = {
        Step.OPENED: "putting it into the cart",
        Step.CARTED: "going to the review page",
        Step.REVIEWED: "at the review page",
        Step.SUBMITTING: "placing the order",
    }
    return words.get(attempt.step, attempt.step.value)


def outcome_line(attempt: Attempt) -> str:
    took = span(attempt.moved_at - attempt.opened_at)
    why = f": {quoted(attempt.why)}" if attempt.why else ""
    match attempt.step:
        case Step.CONFIRMED:
            number = f", order <code>{quoted(attempt.order_number, 50)}</code>" if attempt.order_number else ""
            return f"bought {attempt.quantity} for {money(attempt.total)} in {took}{number}"
        case Step.REFUSED:
            return f"refused after {took}{why}"
        case Step.REHEARSED:
            return f"rehearsed up to the button in {took}"
        case _:
            return f"given up after {took}{why}"


def _end(episode: Episode, zone: tzinfo) -> str | None:
    if episode.closed_at is not None:
        return f"gone after {span(episode.closed_at - episode.opened_at)}, at {clock_time(episode.closed_at, zone)}"
    return None if episode.watched else "no longer watched"


def render_outcome(episode: Episode, attempt: Attempt) -> str:
    """An attempt's outcome as a message of its own. It never uses the alert's words in capitals."""
    return join_lines(
        [
            f"{mode_word(attempt.mode)} · {outcome_line(attempt)}",
            product_heading(episode.stock, episode.product.name, episode.product.tcin),
            f"attempt {attempt.id}",
        ]
    )


def render_unconfirmed(episode: Episode, attempt: Attempt) -> str:
    return join_lines(
        [
            f"{mode_word(attempt.mode)} · the outcome of attempt {attempt.id} is not known",
            product_heading(episode.stock, episode.product.name, episode.product.tcin),
            f"{_doubt(attempt)}. It is never repeated; the order list is asked.",
        ]
    )


def render_stop_news(body: Json, *, mode: Mode) -> str:
    """Told to everyone, with what was cut short and at which step."""
    stopped = (
        f"{mode_word(mode)} · <b>stopped</b> by {quoted(body['by'])}: nothing is bought until /rearm. Watching goes on."
    )
    return join_lines([stopped, cut_words(body["cut"])])


def cut_words(cut_short: Json | None) -> str | None:
    """What a stop did to the attempt that was under way."""
    if cut_short is None:
        return None
    before = Step(cut_short["step"]) in BEFORE_BUTTON
    done = "is called off" if before else "is past its button and followed to its outcome"
    what = f"<b>{quoted(cut_short['title'], FULL_TITLE)}</b> · <code>{cut_short['tcin']}</code>"
    return f"Attempt {cut_short['attempt']} on {what}, {cut_short['step']}, {done}."


def render_rearm_news(by: str, *, mode: Mode) -> str:
    return f"{mode_word(mode)} · buying is armed again, by {quoted(by)}."


def render_mode_news(by: str, *, mode: Mode) -> str:
    means = {
        Mode.SIMULATE: "purchases are practised and nothing is ordered",
        Mode.REHEARSE: "purchases go up to the button and nothing is ordered",
        Mode.LIVE: "<b>purchases are real</b> from now on",
    }
    return f"{mode_word(mode)} · {means[mode]}: the mode was changed by {quoted(by)}."


def render_blind(body: Json, *, mode: Mode, zone: tzinfo, until: datetime | None) -> str:
    again = f" It is asked again at {clock_time(until, zone)}." if until else ""
    why = quoted(body.get("why") or "") or "the shop does not answer"
    return f"{mode_word(mode)} · <b>blind</b>: {why}.{again} What is shown is what was last known."


def render_sighted(body: Json, *, mode: Mode) -> str:
    return f"{mode_word(mode)} · sees again, after {span(timedelta(seconds=body['lasted_s']))}."


#: Of one kind, a summary names no more.
MOST_NAMED = 20


def render_caught_up(body: Json, *, mode: Mode) -> str:
    """After a time without contact: what was missed, honoured and refused."""
    down = f"Nothing was watched for {span(timedelta(seconds=body['down_s']))} of it." if body["down_s"] else None
    missed = [f"<b>{quoted(one['title'], FULL_TITLE)}</b> · <code>{one['tcin']}</code>" for one in body["missed"]]
    waited = len(body["honoured"]) + len(body["refused"])
    return join_lines(
        [
            f"{mode_word(mode)} · back after {span(timedelta(seconds=body['away_s']))} without contact.",
            down,
            *_named("came and went", missed),
            *_named("honoured", [_waited(one) for one in body["honoured"]]),
            *_named("refused", [f"{_waited(one)}: {quoted(one['why'])}" for one in body["refused"]]),
            None if waited else "Nobody had asked for anything.",
        ]
    )


def _named(word: str, told: Sequence[str]) -> list[str]:
    more = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
    return [f"{word}: {one}" for one in told[:MOST_NAMED]] + more


#: What may have waited without being a command.
_NO_COMMANDS = {"text": "words", "unknown": "an unknown command", "press": "a button that no longer holds"}


def _waited(one: Json) -> str:
    what = _NO_COMMANDS.get(one["what"]) or f"/{quoted(one['what'])}"
    return f"{what} by {quoted(one['by'])}, said {span(timedelta(seconds=one['age_s']))} before"


def render_storage_failed(body: Json, *, mode: Mode) -> str:
    """Told afterwards: what is not on disk is not said."""
    lasted = span(timedelta(seconds=body["lasted_s"]))
    return (
        f"{mode_word(mode)} · nothing could be stored for {lasted}, so that nothing was bought: {quoted(body['why'])}."
    )


def render_note(note: str, *, mode: Mode) -> str:
    return f"{mode_word(mode)} · {quoted(note, 1500)}"


def render_watchlist_trouble(problems: Sequence[str], *, mode: Mode) -> str:
    told = [f"{mode_word(mode)} · <b>watchlist.toml is wrong</b>; the list last taken up holds:"]
    return join_lines([*told, *(quoted(problem) for problem in problems)])


def render_variations(body: Json, *, mode: Mode) -> str:
    """For a product that has no stock of its own: what can be watched in its place."""
    head = f"{mode_word(mode)} · <code>{body['tcin']}</code> {quoted(body['title'] or '', FULL_TITLE)}"
    told = [f"{head} comes in variations and has no stock of its own. Watch one of these in its place:"]
    told += [f"/add {child['tcin']} {quoted(child['title'] or '', FULL_TITLE)}".rstrip() for child in body["children"]]
    return join_lines(told)
