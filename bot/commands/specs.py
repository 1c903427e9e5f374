"""Text to command: which there are, and who may use them."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bot.access.roles import Role
from bot.commands import answers
from bot.commands.personal import words as personal
from bot.commands.spec import Answering, AsksBack, Lateness, Spec
from bot.text import purchases, steering, watchlist
from bot.text.buttons import command_of_word
from bot.text.draft import Rank

# ---- viewers

START = Spec(
    name="start",
    help="your role, the mode, and buttons",
    opens_chat=True,
    answering=Answering(answers.AllowedCommands, answers.answer_start),
)
HELP = Spec(
    name="help",
    help="what you may do, or one command",
    usage="[command]",
    answering=Answering(answers.NamedCommand, answers.answer_help),
)
STATUS = Spec(
    name="status",
    in_place=True,
    help="mode, gate, slot, last and next check",
    answering=Answering(answers.ServiceState, answers.answer_status),
)
BOARD = Spec(name="board", help="post and pin the board here", puts_board=True)
LIST = Spec(
    name="list",
    in_place=True,
    help="the watch list",
    usage="[in stock] [page]",
    answering=Answering(answers.NoFacts, answers.answer_list),
)
SHOW = Spec(
    name="show",
    in_place=True,
    help="one product: price, picture, history",
    usage="TCIN",
    answering=Answering(answers.ProductStory, answers.answer_show),
)
WHY = Spec(
    name="why",
    help="why a product is bought or not",
    usage="TCIN",
    answering=Answering(answers.ProductReasons, answers.answer_why),
)
SLOT = Spec(
    name="slot",
    help="the attempt under way and the queue",
    answering=Answering(answers.HeldProduct, answers.answer_slot),
)
ORDERS = Spec(
    name="orders",
    help="the last attempts and how they ended",
    usage="[n]",
    answering=Answering(answers.LastAttempts, answers.answer_orders),
)
SPEND = Spec(
    name="spend",
    help="spent and bought today, against the limits",
    answering=Answering(answers.Spending, answers.answer_spend),
)

ALERTS = Spec(
    name="alerts",
    help="what you hear in this chat, and what rings",
    usage="[event on, silent or off]",
    answering=Answering(personal.ChosenHere, personal.answer_alerts),
    chooses=True,
)
MUTE = Spec(
    name="mute",
    help="no sound here for a while, but for what is critical",
    usage="[2h or off]",
    answering=Answering(personal.ChosenHere, personal.answer_mute),
    chooses=True,
)
QUIET = Spec(
    name="quiet",
    help="hours without a sound, in your own time",
    usage="[23-7] [Europe/Berlin] or off",
    answering=Answering(personal.ChosenHere, personal.answer_quiet),
    chooses=True,
)

# ---- operators

ADD = Spec(
    name="add",
    role=Role.OPERATOR,
    help="watch products",
    usage="TCIN or link … [max=49.99] [qty=2] [buy=ask] [channel=pickup]",
    lateness=Lateness.TELLS_AGE,
    says=watchlist.say_added,
)
REMOVE = Spec(
    name="remove",
    role=Role.OPERATOR,
    help="watch products no longer",
    usage="TCIN … or all",
    asks_back=AsksBack.BY_BUTTON,
    says=watchlist.say_removed,
)
SET = Spec(
    name="set",
    role=Role.OPERATOR,
    help="change what you want of a product",
    usage="TCIN [max=49.99] [qty=2] [buy=ask] [channel=pickup] [every=60] [on=no] [name=…]",
    lateness=Lateness.TELLS_AGE,
    asks_back=AsksBack.BY_BUTTON,
    says=watchlist.say_set,
)
MOVE = Spec(
    name="move",
    role=Role.OPERATOR,
    help="change a product's priority",
    usage="TCIN place",
    says=watchlist.say_moved,
)
PAUSE = Spec(
    name="pause",
    role=Role.OPERATOR,
    help="ask nothing, or not for one product",
    usage="[TCIN] [2h]",
    says=steering.say_paused,
)
RESUME = Spec(
    name="resume",
    role=Role.OPERATOR,
    help="lift a pause and check at once",
    usage="[TCIN]",
    lateness=Lateness.SOON_OR_NEVER,
    says=steering.say_resumed,
)
REFRESH = Spec(
    name="refresh",
    role=Role.OPERATOR,
    help="check once now",
    aliases=("check",),
    lateness=Lateness.SOON_OR_NEVER,
    says=steering.say_checking,
)
STOP = Spec(
    name="stop",
    role=Role.OPERATOR,
    help="emergency stop: nothing is bought",
    aliases=("estop", "x"),
    rank=Rank.URGENT,
    says=steering.say_stopped,
)
BUY = Spec(
    name="buy",
    role=Role.OPERATOR,
    help="say yes to a purchase that asks",
    usage="TCIN",
    lateness=Lateness.SOON_OR_NEVER,
    says=purchases.say_answered,
)
SKIP = Spec(name="skip", role=Role.OPERATOR, help="say no to it", usage="TCIN", says=purchases.say_answered)
SETTLE = Spec(
    name="settle",
    role=Role.OPERATOR,
    help="tell what became of an attempt",
    usage="ATTEMPT bought or not",
    says=purchases.say_settled,
)
DRILL = Spec(
    name="drill",
    role=Role.OPERATOR,
    help="practise a restock with Buy and Skip; nothing is ordered",
    says=steering.say_drill,
)
CANCEL = Spec(
    name="cancel",
    role=Role.OPERATOR,
    help="call off the attempt before its button",
    says=purchases.say_cancelled,
)
HEALTH = Spec(
    name="health",
    role=Role.OPERATOR,
    help="what works and what does not",
    answering=Answering(answers.HealthFacts, answers.answer_health),
)
LOG = Spec(
    name="log",
    role=Role.OPERATOR,
    help="the last lines of the journal",
    usage="[n]",
    answering=Answering(answers.JournalTail, answers.answer_log),
)
VERSION = Spec(
    name="version",
    role=Role.OPERATOR,
    help="which version runs, since when",
    answering=Answering(answers.RunningVersion, answers.answer_version),
)

# ---- owners

REARM = Spec(
    name="rearm",
    role=Role.OWNER,
    help="lift the stop",
    usage="[code]",
    private=True,
    lateness=Lateness.SOON_OR_NEVER,
    asks_back=AsksBack.BY_CODE,
    says=steering.say_armed,
)
MODE = Spec(
    name="mode",
    role=Role.OWNER,
    help="what attempts may do",
    usage="simulate, rehearse or live",
    private=True,
    lateness=Lateness.SOON_OR_NEVER,
    asks_back=AsksBack.BY_CODE,
    says=steering.say_mode,
)
USERS = Spec(
    name="users",
    role=Role.OWNER,
    help="who may do what",
    private=True,
    answering=Answering(answers.MemberList, answers.answer_users),
)
INVITE = Spec(
    name="invite",
    role=Role.OWNER,
    help="a one-time code for a role",
    usage="viewer, operator or owner",
    private=True,
    says=answers.say_invited,
)
REVOKE = Spec(
    name="revoke",
    role=Role.OWNER,
    help="take away a role given here",
    usage="id",
    private=True,
    says=answers.say_revoked,
)

#: What people may say, in the order in which it is listed to them.
SPECS = (
    *(START, HELP, STATUS, BOARD, LIST, SHOW, WHY, SLOT, ORDERS, SPEND, ALERTS, MUTE, QUIET),
    *(ADD, REMOVE, SET, MOVE, PAUSE, RESUME, REFRESH, STOP, BUY, SKIP, SETTLE, DRILL, CANCEL, HEALTH, LOG, VERSION),
    *(REARM, MODE, USERS, INVITE, REVOKE),
)

# ---- what buttons alone say

#: Another page of products to pick from.
PICK = Spec(name="pick", in_place=True, answering=Answering(answers.NoFacts, answers.answer_pick))
#: The board of the chat, drawn anew at once.
REDRAW = Spec(name="redraw", redraws_board=True)

OF_BUTTONS = (PICK, REDRAW)

# ---- what nobody types

#: A press of the button of an offer, whose name is the argument.
PRESS = Spec(name="press")
#: What the button of a change to the watch list stands for.
UNDO = Spec(name="undo", role=Role.OPERATOR, says=watchlist.say_undone)
#: Words without a command.
TEXT = Spec(name="text", says=answers.say_hint)
#: A name that there is not, or not for who said it there.
UNKNOWN = Spec(name="unknown", answering=Answering(answers.NamedCommand, answers.answer_unknown))

UNSPOKEN = (PRESS, UNDO, TEXT, UNKNOWN)

_BY_NAME = {name: spec for spec in SPECS for name in (spec.name, *spec.aliases)}
_SAID = {**_BY_NAME, **{spec.name: spec for spec in OF_BUTTONS}}
BY_WHAT = {spec.name: spec for spec in (*SPECS, *OF_BUTTONS, *UNSPOKEN)}
#: A mark right behind the name is let go: "/stop!" is a stop.
_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@([A-Za-z0-9_]+))?[!.,?]*(?:\s+(.*))?", re.DOTALL)
#: The bare word, whatever signs stand around it: who is in a hurry leaves the slash out.
_BARE_STOP = re.compile(r"[\W_]*stop(?:\s+buying)?[\W_]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCommand:
    """A command as it was said. `spec` is None for a name that there is not."""

    name: str
    args: str
    spec: Spec | None


def parse_command(text: str, *, bot_name: str) -> ParsedCommand | None:
    """The command in a text; None where there is none, or where it is meant for another bot."""
    if (name := command_of_word(text)) is not None:
        return ParsedCommand(name=name, args="", spec=_BY_NAME[name])
    match = _COMMAND.fullmatch(text.strip())
    if match is None or (match[2] and match[2].lower() != bot_name.lower()):
        return None
    name = match[1].lower()
    return ParsedCommand(name=name, args=(match[3] or "").strip(), spec=_SAID.get(name))


def is_stop(text: str, *, bot_name: str) -> bool:
    """Whether it is a stop, by a command or by the bare word; its speaker's role is another matter."""
    if _BARE_STOP.fullmatch(text):
        return True
    parsed = parse_command(text, bot_name=bot_name)
    return parsed is not None and parsed.spec is STOP


def spec_of(what: str) -> Spec | None:
    """The command that is stored under this name; None for one that another version knew."""
    return BY_WHAT.get(what)


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
