"""Text to command: which there are, and who may use them."""

import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from bot.access.roles import Role

#: What was said longer ago is late. After a silence of so long, too, nobody knows when a button was pressed.
LATE = timedelta(seconds=120)
#: What the data of a button that stands for an offer begins with.
OFFER = "o:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One command: its name without the slash, who may use it, and what it says of itself."""

    name: str
    role: Role
    help: str
    usage: str = ""
    aliases: tuple[str, ...] = ()
    #: Only in the private chat with the bot.
    private: bool = False


_VIEWER = (
    Spec(name="start", role=Role.VIEWER, help="your role, the mode, and buttons"),
    Spec(name="help", role=Role.VIEWER, help="what you may do, or one command", usage="[command]"),
    Spec(name="status", role=Role.VIEWER, help="mode, gate, slot, last and next check"),
    Spec(name="board", role=Role.VIEWER, help="post and pin the board here"),
    Spec(name="list", role=Role.VIEWER, help="the watch list", usage="[page]"),
    Spec(name="show", role=Role.VIEWER, help="one product: price, picture, history", usage="TCIN"),
    Spec(name="why", role=Role.VIEWER, help="why a product is bought or not", usage="TCIN"),
    Spec(name="slot", role=Role.VIEWER, help="the attempt under way and the queue"),
    Spec(name="orders", role=Role.VIEWER, help="the last attempts and how they ended", usage="[n]"),
    Spec(name="spend", role=Role.VIEWER, help="spent and bought today, against the limits"),
)

_OPERATOR = (
    Spec(
        name="add",
        role=Role.OPERATOR,
        help="watch products",
        usage="TCIN or link … [max=49.99] [qty=2] [buy=ask] [channel=pickup]",
    ),
    Spec(name="remove", role=Role.OPERATOR, help="watch products no longer", usage="TCIN … or all"),
    Spec(
        name="set",
        role=Role.OPERATOR,
        help="change what you want of a product",
        usage="TCIN [max=49.99] [qty=2] [buy=ask] [channel=pickup] [every=60] [on=no] [name=…]",
    ),
    Spec(name="move", role=Role.OPERATOR, help="change a product's priority", usage="TCIN place"),
    Spec(name="pause", role=Role.OPERATOR, help="ask nothing, or not for one product", usage="[TCIN] [2h]"),
    Spec(name="resume", role=Role.OPERATOR, help="lift a pause and check at once", usage="[TCIN]"),
    Spec(name="refresh", role=Role.OPERATOR, help="check once now", aliases=("check",)),
    Spec(name="stop", role=Role.OPERATOR, help="emergency stop: nothing is bought", aliases=("estop", "x")),
    Spec(name="buy", role=Role.OPERATOR, help="say yes to a purchase that asks", usage="TCIN"),
    Spec(name="skip", role=Role.OPERATOR, help="say no to it", usage="TCIN"),
    Spec(name="settle", role=Role.OPERATOR, help="tell what became of an attempt", usage="ATTEMPT bought or not"),
    Spec(name="drill", role=Role.OPERATOR, help="practise a restock with Buy and Skip; nothing is ordered"),
    Spec(name="cancel", role=Role.OPERATOR, help="call off the attempt before its button"),
    Spec(name="health", role=Role.OPERATOR, help="what works and what does not"),
    Spec(name="log", role=Role.OPERATOR, help="the last lines of the journal", usage="[n]"),
    Spec(name="version", role=Role.OPERATOR, help="which version runs, since when"),
)

_OWNER = (
    Spec(name="rearm", role=Role.OWNER, help="lift the stop", usage="[code]", private=True),
    Spec(name="mode", role=Role.OWNER, help="what attempts may do", usage="simulate, rehearse or live", private=True),
    Spec(name="users", role=Role.OWNER, help="who may do what", private=True),
    Spec(
        name="invite",
        role=Role.OWNER,
        help="a one-time code for a role",
        usage="viewer, operator or owner",
        private=True,
    ),
    Spec(name="revoke", role=Role.OWNER, help="take away a role given here", usage="id", private=True),
)

SPECS = (*_VIEWER, *_OPERATOR, *_OWNER)

_BY_NAME = {name: spec for spec in SPECS for name in (spec.name, *spec.aliases)}
#: A mark right behind the name is let go: "/stop!" is a stop.
_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@([A-Za-z0-9_]+))?[!.,?]*(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A command as it was said. `spec` is None for a name that there is not."""

    name: str
    args: str
    spec: Spec | None


def parse_command(text: str, *, bot_name: str) -> Parsed | None:
    """The command in a text; None where there is none, or where it is meant for another bot."""
    match = _COMMAND.fullmatch(text.strip())
    if match is None or (match[2] and match[2].lower() != bot_name.lower()):
        return None
    name = match[1].lower()
    return Parsed(name=name, args=(match[3] or "").strip(), spec=_BY_NAME.get(name))


def is_stop(text: str, *, bot_name: str) -> bool:
    parsed = parse_command(text, bot_name=bot_name)
    return parsed is not None and parsed.spec is not None and parsed.spec.name == "stop"


def nearest_command(name: str, *, role: Role, private: bool) -> str | None:
    """What was probably meant, out of what this role may do in such a chat."""
    may = [known for known, spec in _BY_NAME.items() if spec.role <= role and (private or not spec.private)]
    near = get_close_matches(name, may, n=1)
    return near[0] if near else None


def specs_for(role: Role, *, private: bool) -> list[Spec]:
    """What this role may do in such a chat."""
    return [spec for spec in SPECS if spec.role <= role and (private or not spec.private)]


def is_elsewhere(name: str, *, role: Role, private: bool) -> bool:
    """Whether this role may do it in the private chat with the bot alone, which this is not."""
    spec = find_spec(name, role=role)
    return spec is not None and spec.private and not private


def find_spec(name: str, *, role: Role) -> Spec | None:
    spec = _BY_NAME.get(name.lower().removeprefix("/"))
    return spec if spec is not None and spec.role <= role else None
