"""Answers that speak of commands and roles, and what each command that changes something says when it is done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from bot.access.roles import Role
from bot.commands.specs import Spec
from bot.text import purchases, steering, watchlist
from bot.text.board import service_line
from bot.text.draft import Button, Buttons
from bot.text.markup import Known, code, escape, headed, join_lines, line_heading, quoted
from config.products import Mode, Tcin
from monitor.model import StockState
from purchasing.commands import Invited, Result, Revoked
from purchasing.model import Line, Overview


def render_start(role: Role, specs: Sequence[Spec], overview: Overview) -> tuple[str, Buttons]:
    """The greeting: who you are here, what the mode is, and what you may do."""
    in_stock = sum(line.stock.state is StockState.IN_STOCK for line in overview.lines)
    text = join_lines(
        [
            service_line(overview),
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
    return join_lines([headed(mode, "what you may do"), *(f"{_usage(spec)}: {escape(spec.help)}" for spec in specs)])


def render_help_on(spec: Spec, *, mode: Mode) -> str:
    aliases = f"also /{', /'.join(spec.aliases)}" if spec.aliases else None
    return join_lines([headed(mode, _usage(spec)), escape(spec.help), f"for: {spec.role.word} and above", aliases])


def _usage(spec: Spec) -> str:
    return f"/{spec.name} {escape(spec.usage)}".rstrip()


def render_users(roles: Mapping[int, Role], names: Mapping[int, str], groups: Sequence[int], *, mode: Mode) -> str:
    people = [
        f"{role.word} {code(user)} {quoted(names.get(user, 'has not pressed Start yet'), 60)}"
        for user, role in sorted(roles.items(), key=lambda one: (-one[1], one[0]))
    ]
    return join_lines([headed(mode, "who may do what"), *people, *(f"group {code(group)}" for group in groups)])


def render_hint(tcins: Sequence[Tcin], *, mode: Mode) -> str:
    """For words that are no command, and the products that they speak of."""
    if tcins:
        return headed(mode, "watch " + ", ".join(code(tcin) for tcin in tcins) + "?")
    return headed(mode, "I understand commands and product links. /help tells which.")


def render_unknown(name: str, near: str | None, *, mode: Mode) -> str:
    hint = f"Did you mean /{near}?" if near else "/help shows what there is."
    return headed(mode, f"there is no /{quoted(name, 40)} for you here. {hint}")


def render_elsewhere(name: str, *, mode: Mode) -> str:
    return headed(mode, f"/{quoted(name.removeprefix('/'), 40)} works only in the private chat with me.")


def render_refusal(what: str, why: str, about: Sequence[Line] = (), *, mode: Mode) -> str:
    """Why a command was not done, with the products that it or the reason speaks of."""
    name = f"/{escape(what)}" if what not in {"press", "undo"} else "that"
    return join_lines([headed(mode, f"{name} was not done: {quoted(why, 1500)}"), *map(line_heading, about)])


def render_change(what: str, result: Result, lines: Sequence[Line], *, mode: Mode, zone: tzinfo) -> str:
    """What an accepted command did; what it says of products comes from the stored list."""
    say = CHANGES.get(what)
    first, *rest = say(result, {line.tcin: line for line in lines}, zone) if say else ["done"]
    return join_lines([headed(mode, first), *rest])


def say_invited(result: Invited, _known: Known, _zone: tzinfo) -> list[str]:
    how = f"send {code('/start ' + result.code)} to this bot within 10 minutes"
    return [f"whoever is to be {escape(result.role)}: {how}. It works once."]


def say_revoked(result: Revoked, _known: Known, _zone: tzinfo) -> list[str]:
    user, stays = result.user, result.stays
    if stays is not None:
        return [f"{code(user)} has no role from the chat any more, and stays {stays} by the settings"]
    return [f"{code(user)} has no role any more"]


#: What each command that changes something says when it is done.
CHANGES: Mapping[str, Callable[[Any, Known, tzinfo], list[str]]] = {
    "add": watchlist.say_added,
    "remove": watchlist.say_removed,
    "set": watchlist.say_set,
    "move": watchlist.say_moved,
    "undo": watchlist.say_undone,
    "pause": steering.say_paused,
    "resume": steering.say_resumed,
    "refresh": steering.say_checking,
    "stop": steering.say_stopped,
    "rearm": steering.say_armed,
    "mode": steering.say_mode,
    "buy": purchases.say_answered,
    "skip": purchases.say_answered,
    "settle": purchases.say_settled,
    "cancel": purchases.say_cancelled,
    "drill": steering.say_drill,
    "invite": say_invited,
    "revoke": say_revoked,
}
