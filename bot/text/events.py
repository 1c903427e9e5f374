"""Events of the journal in plain words, for /log, /show and /why."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from bot.text.markup import clock_time, cut, quoted
from purchasing.model import Event, Json

#: No line is longer.
LINE = 500
#: Nor any title within a line.
TITLE = 80


def describe_event(event: Event, zone: tzinfo, *, only: str | None = None, title: str = "") -> str | None:
    """One escaped line, or None for an event of which there is nothing to say, such as a quiet cycle.

    Of a cycle it tells what became of every product, or `only` of this one. `title` is that of the event's subject.
    """
    said = _describe(event, only)
    return None if said is None else f"{clock_time(event.at, zone)} {quoted(_named(said, event, title), LINE)}"


def _named(said: str, event: Event, title: str) -> str:
    tcin = subject_of(event)
    if tcin is None or not title or title in said:
        return said
    return said.replace(tcin, f"{tcin} {cut(title, TITLE)}", 1)


def _describe(event: Event, only: str | None) -> str | None:
    if event.kind == "cycle_completed":
        return _describe_cycle(event.body, only)
    kind = event.kind.replace("_", " ")
    say = _SAY.get(event.kind)
    return kind + _why(event.body) if say is None else say(event.body)


def _why(body: Json) -> str:
    return f": {body['why']}" if body.get("why") else ""


def _say_control(body: Json) -> str:
    on = f" of {body['tcin']}" if "tcin" in body else ""
    return f"{body['what']}{on}: {body['value']}, by {body['by']}"


def _say_watchlist(body: Json) -> str:
    told = [f"{word} {', '.join(body[word])}" for word in ("added", "removed", "changed") if body[word]]
    return f"watch list, by {body['by']}: {'; '.join(told) or 'new order'}"


def _say_command(body: Json) -> str:
    return f"/{body['what']} by {body['by']}" + ("" if body["accepted"] else f" refused{_why(body)}")


#: Kinds that are not told by their name alone.
_SAY: Mapping[str, Callable[[Json], str]] = {
    "attempt_moved": lambda body: f"attempt {body['attempt']} on {body['tcin']} {body['to']}{_why(body)}",
    "control_changed": _say_control,
    "watchlist_changed": _say_watchlist,
    "command_done": _say_command,
    "product_learned": lambda body: f"{body['tcin']} is {body['title'] or 'not told'}",
    "access_changed": lambda body: f"role of {body['user']}: {body['role'] or 'none'}, by {body['by']}",
    "limit_reached": lambda body: f"a limit holds {body['tcin']} back{_why(body)}",
    "ask_answered": lambda body: f"{body['answer']} said to {body['tcin']}, by {body['by']}",
    "ask_withdrawn": lambda body: f"the yes to {body['tcin']} no longer holds",
    "caught_up": lambda body: f"back after {body['away_s']} s without contact",
    "disagreement": lambda body: f"attempt {body['attempt']} on {body['tcin']}{_why(body)}",
    "storage_failed": lambda body: f"nothing could be stored for {body['lasted_s']} s{_why(body)}",
    "drill_started": lambda body: f"a drill, by {body['by']}",
    "watchlist_refused": lambda body: f"watchlist.toml is wrong: {'; '.join(body['problems'])}",
}


def _describe_cycle(body: Json, only: str | None) -> str | None:
    purchases = body["purchases"]
    parts = [(one["tcin"], f"{one['tcin']} {one['before']} → {one['after']}") for one in body["changes"]]
    parts += [(one["tcin"], f"attempt {one['attempt']} on {one['tcin']} opened") for one in purchases["started"]]
    parts += [(tcin, f"{tcin} waits for the slot") for tcin in purchases["queued"]]
    told = [words for tcin, words in parts if only in {None, tcin}]
    if body["failed"]:
        told.append(f"failed: {body['failed']}")
    return f"cycle {body['cycle_id']}: {'; '.join(told)}" if told else None


def concerns(event: Event, tcin: str) -> bool:
    """Whether the event tells of something that happened to this product."""
    return tcin in _touched(event)


def subject_of(event: Event) -> str | None:
    """The product that the event tells of, if that is one alone."""
    touched = _touched(event)
    return next(iter(touched)) if len(touched) == 1 else None


def _touched(event: Event) -> set[str]:
    body = event.body
    if event.kind != "cycle_completed":
        listed = {tcin for key in ("added", "removed", "changed") for tcin in body.get(key, ())}
        return listed | {body["tcin"]} if body.get("tcin") else listed
    purchases = body["purchases"]
    return {one["tcin"] for one in (*body["changes"], *purchases["started"])} | {*purchases["queued"]}
