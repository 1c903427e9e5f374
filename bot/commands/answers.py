"""Answers to commands as text and buttons."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.access.roles import Role
from bot.commands.specs import Spec
from bot.text.board import gate_words, next_words, product_line
from bot.text.draft import Button
from bot.text.markup import day_time, detail_words, escape, join_lines, mode_word, money, product_heading, quoted, span
from bot.text.notices import cut_words
from bot.text.purchases import outcome_line, step_words
from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.events import unstamp
from purchasing.model import Answer, Attempt, Episode, Json, Line, Overview, PurchaseState
from purchasing.rules.state_machine import HOLDS_SLOT

#: Products on one page of /list.
PAGE = 15

Buttons = tuple[tuple[Button, ...], ...]


def _head(mode: Mode, text: str) -> str:
    return f"{mode_word(mode)} · {text}"


# ---- what is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How the chat itself does."""

    unsent: int
    reasons: Sequence[str]


def render_status(overview: Overview, telling: Telling, *, held: Line | None, at: datetime, zone: tzinfo) -> str:
    """How everything stands; `held` is the product in the slot, watched or not."""
    controls, mark = overview.controls, overview.mark
    good = "no good check yet" if mark.last_good_at is None else f"last good check {span(at - mark.last_good_at)} ago"
    in_stock = sum(line.stock.state is StockState.IN_STOCK for line in overview.lines)
    stopped = f"buying: <b>stopped</b> ({quoted(controls.stopped)}); /rearm lifts it" if controls.stopped else None
    return join_lines(
        [
            f"<b>{mode_word(controls.mode)}</b> · cycle {mark.cycle_id}",
            stopped or "buying: armed",
            f"slot: {_slot_words(overview.slot)}",
            _heading(held) if held else None,
            f"{len(overview.lines)} watched · {in_stock} in stock",
            good,
            next_words(overview, zone),
            *([f"{telling.unsent} messages wait to be sent"] if telling.unsent else []),
            *(f"⚠️ {quoted(reason)}" for reason in telling.reasons),
        ]
    )


def _slot_words(slot: Attempt | None) -> str:
    if slot is None:
        return "free"
    return f"attempt {slot.id} on <code>{slot.tcin}</code>, {step_words(slot)}"


def _heading(line: Line) -> str:
    return product_heading(line.stock, line.product.name, line.tcin)


def render_slot(overview: Overview, *, held: Line | None, at: datetime) -> str:
    """The attempt under way, on `held`, watched or not, and who waits for it."""
    told = [_head(overview.controls.mode, f"slot: {_slot_words(overview.slot)}{gate_words(overview)}")]
    if overview.slot is not None:
        slot = overview.slot
        since = f"since {span(at - slot.opened_at)}, until {span(slot.deadline - slot.opened_at)} have passed"
        told += [_heading(held)] if held else []
        told += [since]
    queue = [line for line in overview.lines if line.state is PurchaseState.QUEUED]
    told += [f"queued: {_heading(one)}" for one in queue]
    return join_lines([*told, *([] if queue else ["nothing is queued"])])


def render_list(overview: Overview, *, page: int, at: datetime) -> tuple[str, Buttons]:
    """One page of the watch list, and the buttons to its neighbours."""
    lines = overview.lines
    if not lines:
        return _head(overview.controls.mode, "nothing is watched yet: /add TCIN or link"), ()
    pages = -(-len(lines) // PAGE)
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE
    shown = [
        f"{place}. {product_line(line, at=at)}" for place, line in enumerate(lines[first : first + PAGE], first + 1)
    ]
    head = _head(overview.controls.mode, f"<b>{len(lines)} watched</b>")
    near = [(page - 1, "← before"), (page + 1, "next →")]
    buttons = tuple(Button(text=word, data=f"/list {number}") for number, word in near if 1 <= number <= pages)
    return join_lines([f"{head}, page {page} of {pages}" if pages > 1 else head, *shown]), (
        (buttons,) if buttons else ()
    )


def render_show(
    line: Line, episodes: Sequence[Episode], events: Sequence[str], *, mode: Mode, at: datetime, zone: tzinfo
) -> str:
    """One product: what is wanted, what is known, its last restock windows and events."""
    product, stock = line.product, line.stock
    wishes = [
        f"buy: {product.buy}",
        "no cap" if product.max_price is None else f"at most {money(product.max_price)}",
        f"quantity {product.quantity}",
        product.channel.value,
        *([f"every {span(product.every)}"] if product.every else []),
        *([] if product.enabled else ["off"]),
    ]
    known = "never seen" if stock.seen_at is None else f"{_stock_words(line)}, {span(at - stock.seen_at)} ago"
    seller = " · sold by a marketplace seller" if stock.marketplace else ""
    return join_lines(
        [
            _head(mode, product_heading(stock, product.name, product.tcin)),
            f"{known} · {money(stock.price)}{seller}",
            " · ".join(wishes),
            *(["", "<b>restocks</b>", *(_episode_line(one, zone) for one in episodes)] if episodes else []),
            *(["", "<b>last events</b>", *events] if events else []),
        ]
    )


def _stock_words(line: Line) -> str:
    words = {StockState.IN_STOCK: "in stock", StockState.OUT_OF_STOCK: "out of stock", StockState.UNKNOWN: "unknown"}
    return words[line.stock.state] + detail_words(line.stock.detail)


def _episode_line(episode: Episode, zone: tzinfo) -> str:
    opened = episode.opened_at.astimezone(zone).strftime("%d %b %H:%M:%S")
    lasted = "open now" if episode.closed_at is None else f"for {span(episode.closed_at - episode.opened_at)}"
    ended = [one for one in episode.attempts if one.step not in HOLDS_SLOT]
    last = f"; attempts: {len(ended)}, last {outcome_line(ended[-1])}" if ended else ""
    return f"{opened} {lasted}{last}"


def render_why(line: Line, reasons: Sequence[str], events: Sequence[str], *, mode: Mode) -> str:
    told = [_head(mode, _heading(line)), *(f"• {quoted(reason)}" for reason in reasons)]
    return join_lines([*told, *(["", "<b>last decisions</b>", *events] if events else [])])


def render_start(role: Role, specs: Sequence[Spec], overview: Overview) -> tuple[str, Buttons]:
    """The greeting: who you are here, what the mode is, and what you may do."""
    in_stock = sum(line.stock.state is StockState.IN_STOCK for line in overview.lines)
    text = join_lines(
        [
            f"<b>Stockbell</b> · {mode_word(overview.controls.mode)}{gate_words(overview)}",
            f"You are {role.word} here. {len(overview.lines)} watched, {in_stock} in stock.",
            "Alerts come to this chat by themselves. /help tells what you may do.",
            None if overview.lines else "Nothing is watched yet: send a product's link, or /add TCIN.",
        ]
    )
    first = (Button(text="📋 List", data="/list"), Button(text="📌 Board", data="/board"))
    second = (Button(text="Status", data="/status"), Button(text="Help", data="/help"))
    stop = (Button(text="🛑 Stop buying", data="/stop"),)
    may_stop = any(spec.name == "stop" for spec in specs)
    return text, (first, second, stop) if may_stop else (first, second)


def render_help(specs: Sequence[Spec], *, mode: Mode) -> str:
    return join_lines([_head(mode, "what you may do"), *(f"{_usage(spec)}: {escape(spec.help)}" for spec in specs)])


def render_help_on(spec: Spec, *, mode: Mode) -> str:
    aliases = f"also /{', /'.join(spec.aliases)}" if spec.aliases else None
    return join_lines([_head(mode, _usage(spec)), escape(spec.help), f"for: {spec.role.word} and above", aliases])


def _usage(spec: Spec) -> str:
    return f"/{spec.name} {escape(spec.usage)}".rstrip()


def render_health(status: str, reasons: Sequence[str], *, mode: Mode) -> str:
    return join_lines([_head(mode, f"<b>{status}</b>"), *(f"⚠️ {quoted(reason)}" for reason in reasons)])


def render_log(events: Sequence[str], *, mode: Mode) -> str:
    return join_lines([_head(mode, f"the last {len(events)} lines of the journal"), *events])


def render_version(version: str, started_at: datetime | None, *, mode: Mode, at: datetime) -> str:
    since = "" if started_at is None else f", running for {span(at - started_at)}"
    return _head(mode, f"Stockbell {escape(version)}{since}")


def render_users(roles: Mapping[int, Role], names: Mapping[int, str], groups: Sequence[int], *, mode: Mode) -> str:
    people = [
        f"{role.word} <code>{user}</code> {quoted(names.get(user, 'has not pressed Start yet'), 60)}"
        for user, role in sorted(roles.items(), key=lambda one: (-one[1], one[0]))
    ]
    return join_lines([_head(mode, "who may do what"), *people, *(f"group <code>{group}</code>" for group in groups)])


def render_hint(result: Json, *, mode: Mode) -> str:
    """For words that are no command."""
    if result.get("tcins"):
        return _head(mode, "watch " + ", ".join(f"<code>{tcin}</code>" for tcin in result["tcins"]) + "?")
    return _head(mode, "I understand commands and product links. /help tells which.")


def render_unknown(name: str, near: str | None, *, mode: Mode) -> str:
    hint = f"Did you mean /{near}?" if near else "/help shows what there is."
    return _head(mode, f"there is no /{quoted(name, 40)} for you here. {hint}")


def render_elsewhere(name: str, *, mode: Mode) -> str:
    return _head(mode, f"/{quoted(name.removeprefix('/'), 40)} works only in the private chat with me.")


def render_refusal(what: str, why: str, about: Sequence[Line] = (), *, mode: Mode) -> str:
    """Why a command was not done, with the products that it or the reason speaks of."""
    name = f"/{escape(what)}" if what not in {"press", "undo"} else "that"
    return join_lines([_head(mode, f"{name} was not done: {quoted(why, 1500)}"), *map(_heading, about)])


# ---- what was changed

Known = Mapping[Tcin, Line]


def render_change(what: str, result: Json, lines: Sequence[Line], *, mode: Mode, zone: tzinfo) -> str:
    """What an accepted command did; what it says of products comes from the stored list."""
    say = CHANGES.get(what)
    first, *rest = say(result, {line.tcin: line for line in lines}, zone) if say else ["done"]
    return join_lines([_head(mode, first), *rest])


def _say_added(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    told = [f"added {len(result['added'])}" if result["added"] else "nothing was added"]
    told += [f"✅ {_wanted(known, tcin)}" for tcin in result["added"]]
    told += [f"already watched: {_short(known, tcin)}" for tcin in result["there"]]
    told += _refused(result, known)
    if len(told) == 1:
        told.append("usage: /add TCIN or link … [max=49.99] [qty=2] [buy=ask] [channel=pickup]")
    return told


def _say_removed(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    told = [f"🗑 {_short(known, tcin)}" for tcin in result["removed"]]
    return [f"{len(told)} no longer watched", *told, *_refused(result, known)]


def _say_set(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    return [f"changed {', '.join(result['set'])}", _wanted(known, result["tcin"])]


def _say_moved(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    return [f"{_short(known, result['tcin'])} is now {result['place']} of {result['of']}"]


def _say_undone(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    back = [f"✅ {_short(known, tcin)}" for tcin in result["present"]]
    return ["undone", *back, *(f"🗑 {_short(known, tcin)}" for tcin in result["absent"])]


def _say_paused(result: Json, known: Known, zone: tzinfo) -> list[str]:
    until = f"until {day_time(unstamp(result['until']), zone)}" if result["until"] else "until /resume"
    if result["tcin"]:
        return [f"{_short(known, result['tcin'])} is not asked for {until}"]
    return [f"nothing is asked of the shop {until}. A running attempt goes on, none starts."]


def _say_resumed(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    stop = ". Buying stays stopped: /rearm lifts that" if result["stopped"] else ""
    if result.get("paused"):
        return [
            f"the pause of {_short(known, result['tcin'])} is lifted, but all watching is still paused: /resume{stop}"
        ]
    of = f"{_short(known, result['tcin'])} is" if result["tcin"] else "the shop is"
    return [f"{of} asked again{stop}"]


def _say_checking(_result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    return ["checking now; the board shows what comes of it"]


def _say_stopped(result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    if result["already"]:
        return [f"buying was stopped already: {quoted(result['already'])}. /rearm lifts it."]
    cut = cut_words(result["cut"])
    return ["<b>stopped</b>: nothing is bought until /rearm. Watching and alerts go on.", *([cut] if cut else [])]


def _say_armed(_result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    return ["buying is armed again"]


def _say_mode(_result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    return ["new attempts are made in this mode"]


def _say_answered(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    if result["answer"] == Answer.SKIP:
        return [f"{_short(known, result['tcin'])} is skipped for this restock"]
    return [f"{_short(known, result['tcin'])} is bought as soon as the slot is free"]


def _say_settled(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    became = "bought" if result["bought"] else "not bought"
    return [f"attempt {result['attempt']} on {_short(known, result['tcin'])} is settled: {became}"]


def _say_drill(_result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    return [
        "a drill begins: a product that no shop sells restocks in a moment.",
        "Press Buy or Skip on its alert. Nothing is ordered, in no mode.",
    ]


def _say_cancelled(result: Json, known: Known, _zone: tzinfo) -> list[str]:
    return [f"attempt {result['attempt']} on {_short(known, result['tcin'])} is called off"]


def _say_invited(result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    how = f"send <code>/start {result['code']}</code> to this bot within 10 minutes"
    return [f"whoever is to be {escape(result['role'])}: {how}. It works once."]


def _say_revoked(result: Json, _known: Known, _zone: tzinfo) -> list[str]:
    user, stays = result["user"], result.get("stays")
    if stays is not None:
        return [f"<code>{user}</code> has no role from the chat any more, and stays {stays} by the settings"]
    return [f"<code>{user}</code> has no role any more"]


#: What each command that changes something says when it is done.
CHANGES: Mapping[str, Callable[[Json, Known, tzinfo], list[str]]] = {
    "add": _say_added,
    "remove": _say_removed,
    "set": _say_set,
    "move": _say_moved,
    "undo": _say_undone,
    "pause": _say_paused,
    "resume": _say_resumed,
    "refresh": _say_checking,
    "stop": _say_stopped,
    "rearm": _say_armed,
    "mode": _say_mode,
    "buy": _say_answered,
    "skip": _say_answered,
    "settle": _say_settled,
    "cancel": _say_cancelled,
    "drill": _say_drill,
    "invite": _say_invited,
    "revoke": _say_revoked,
}


def render_question(why: str, *, mode: Mode) -> str:
    """For a command that is done only when its button is pressed."""
    return _head(mode, f"{quoted(why, 1500)}. Sure?")


def render_to_confirm(what: str, result: Json, *, mode: Mode) -> str:
    """The first answer to a command that must be said twice."""
    return _head(mode, f"to confirm, send <code>/{escape(what)} {result['code']}</code> within 60 s.")


def _refused(result: Json, known: Known) -> list[str]:
    return [line for one in result.get("refused", ()) for line in _refusal(one, known)]


def _refusal(one: Json, known: Known) -> list[str]:
    meant = [_heading(known[tcin]) for tcin in mentioned_tcins(one["why"]) if tcin in known]
    return [f"✖️ <code>{quoted(one['word'], 100)}</code>: {quoted(one['why'])}", *meant]


def mentioned_tcins(text: str) -> list[Tcin]:
    """The product numbers that a text mentions."""
    return [Tcin(found) for found in _TCIN.findall(text)]


_TCIN = re.compile(r"(?<!\d)\d{6,10}(?!\d)", re.ASCII)


def _short(known: Known, tcin: Tcin) -> str:
    line = known.get(tcin)
    if line is None:
        return f"<code>{tcin}</code>"
    return _heading(line)


def _wanted(known: Known, tcin: Tcin) -> str:
    line = known.get(tcin)
    if line is None:
        return f"<code>{tcin}</code>"
    product = line.product
    wishes = [
        _heading(line),
        None if product.max_price is None else f"at most {money(product.max_price)}",
        None if product.quantity == 1 else f"quantity {product.quantity}",
        f"buy: {product.buy}",
        product.channel.value,
        f"every {span(product.every)}" if product.every else None,
        None if product.enabled else "off",
    ]
    return " · ".join(wish for wish in wishes if wish)
