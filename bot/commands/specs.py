"""Text to command: which there are, and who may use them."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bot.access.roles import Role
from bot.commands import answers
from bot.commands.browsing.commands import WEB
from bot.commands.past.commands import CHART, HISTORY
from bot.commands.personal import words as personal
from bot.commands.spec import Answering, AsksBack, Example, Group, Lateness, Spec
from bot.text import purchases, steering, watchlist
from bot.text.buttons import command_of_word
from bot.text.chat import journal, mentions, people
from bot.text.draft import Rank
from bot.text.taps import prices

# ---- viewers

START = Spec(
    name="start",
    help="begin, with buttons",
    group=Group.ABOUT,
    opens_chat=True,
    answering=Answering(answers.AllowedCommands, answers.answer_start),
)
HELP = Spec(
    name="help",
    help="what you can do here",
    usage="[command]",
    group=Group.ABOUT,
    short="add",
    example=Example(args="add", means="tells how /add is used"),
    answering=Answering(answers.NamedCommand, answers.answer_help),
)
STATUS = Spec(
    name="status",
    in_place=True,
    help="how everything stands",
    answering=Answering(answers.ServiceState, answers.answer_status),
)
BOARD = Spec(name="board", help="pin a live overview here", puts_board=True)
LIST = Spec(
    name="list",
    in_place=True,
    help="all that I watch",
    usage="[in stock] [page]",
    example=Example(args="in stock", means="shows only what is in stock"),
    answering=Answering(answers.NoFacts, answers.answer_list),
)
SHOW = Spec(
    name="show",
    in_place=True,
    help="one product with its picture",
    usage="PRODUCT",
    short="2",
    example=Example(args="trove", means="shows the product with trove in its name"),
    answering=Answering(answers.ProductStory, answers.answer_show),
)
WHY = Spec(
    name="why",
    in_place=True,
    help="why a product is bought or not",
    usage="PRODUCT",
    short="2",
    example=Example(args="2", means="tells why I buy the second of /list, or why not"),
    answering=Answering(answers.ProductReasons, answers.answer_why),
)
SLOT = Spec(
    name="slot",
    help="what is being bought now",
    group=Group.BUYING,
    answering=Answering(answers.HeldProduct, answers.answer_slot),
)
ORDERS = Spec(
    name="orders",
    help="what I tried to buy",
    usage="[how many]",
    group=Group.BUYING,
    example=Example(args="20", means="shows my last 20 tries to buy"),
    answering=Answering(answers.LastAttempts, answers.answer_orders),
)
SPEND = Spec(
    name="spend",
    help="money spent today",
    group=Group.BUYING,
    answering=Answering(answers.Spending, answers.answer_spend),
)

ALERTS = Spec(
    name="alerts",
    in_place=True,
    help="what you hear, what rings",
    usage="[event on, silent or off]",
    group=Group.HEAR,
    example=Example(args="price silent", means="tells of prices above your limit without a sound"),
    answering=Answering(personal.ChosenHere, personal.answer_alerts),
    chooses=True,
)
MUTE = Spec(
    name="mute",
    in_place=True,
    help="no sound here for a while",
    usage="[2h or off]",
    group=Group.HEAR,
    short="2h",
    example=Example(args="2h", means="sends alerts without a sound for two hours; critical ones ring all the same"),
    answering=Answering(personal.ChosenHere, personal.answer_mute),
    chooses=True,
)
QUIET = Spec(
    name="quiet",
    help="every night without a sound",
    usage="[23-7] [Europe/Berlin] or off",
    group=Group.HEAR,
    short="23-7",
    example=Example(args="23-7 Europe/Berlin", means="keeps it silent from 23:00 to 7:00 in your own time zone"),
    answering=Answering(personal.ChosenHere, personal.answer_quiet),
    chooses=True,
)

# ---- operators

ADD = Spec(
    name="add",
    role=Role.OPERATOR,
    help="watch a product",
    usage="PRODUCT or link … [max=49.99] [qty=2] [buy=ask] [channel=pickup]",
    group=Group.LIST,
    short="94734932 max=49.99",
    example=Example(args="94734932 max=49.99 buy=ask", means="watches it, asks before buying, pays $49.99 at most"),
    lateness=Lateness.TELLS_AGE,
    says=watchlist.say_added,
)
REMOVE = Spec(
    name="remove",
    role=Role.OPERATOR,
    help="stop watching a product",
    usage="PRODUCT … or all",
    group=Group.LIST,
    short="2",
    example=Example(args="2", means="takes the second of /list off the list"),
    asks_back=AsksBack.BY_BUTTON,
    says=watchlist.say_removed,
)
SET = Spec(
    name="set",
    role=Role.OPERATOR,
    help="price limit and more",
    group=Group.LIST,
    short="2 max=39.99",
    example=Example(args="2 max=none", means="takes the price limit off the second of /list"),
    usage="PRODUCT [max=49.99] [qty=2] [buy=ask] [channel=pickup] [every=60] [on=no] [name=…]",
    lateness=Lateness.TELLS_AGE,
    asks_back=AsksBack.BY_BUTTON,
    says=watchlist.say_set,
)
MOVE = Spec(
    name="move",
    role=Role.OPERATOR,
    help="which is bought first",
    usage="PRODUCT place",
    group=Group.LIST,
    short="3 top",
    example=Example(args="3 top", means="puts the third of /list at the top: I buy it before all others"),
    says=watchlist.say_moved,
)
PAUSE = Spec(
    name="pause",
    role=Role.OPERATOR,
    help="check nothing for a while",
    usage="[PRODUCT] [2h]",
    group=Group.STEER,
    short="2h",
    example=Example(args="2 1h30m", means="leaves the second of /list alone for an hour and a half"),
    in_place=True,
    says=steering.say_paused,
)
RESUME = Spec(
    name="resume",
    role=Role.OPERATOR,
    help="end a pause, check at once",
    usage="[PRODUCT]",
    group=Group.STEER,
    example=Example(args="2", means="ends the pause of the second of /list"),
    lateness=Lateness.SOON_OR_NEVER,
    in_place=True,
    says=steering.say_resumed,
)
REFRESH = Spec(
    name="refresh",
    role=Role.OPERATOR,
    help="check once, now",
    group=Group.STEER,
    aliases=("check",),
    lateness=Lateness.SOON_OR_NEVER,
    button_stays=True,
    says=steering.say_checking,
)
STOP = Spec(
    name="stop",
    role=Role.OPERATOR,
    help="turn buying off at once",
    group=Group.STEER,
    aliases=("estop", "x"),
    rank=Rank.URGENT,
    button_stays=True,
    says=steering.say_stopped,
)
BUY = Spec(
    name="buy",
    role=Role.OPERATOR,
    help="say yes when I ask",
    usage="PRODUCT",
    group=Group.BUYING,
    short="2",
    example=Example(args="2", means="buys the second of /list, if I asked whether to"),
    lateness=Lateness.SOON_OR_NEVER,
    says=purchases.say_answered,
)
SKIP = Spec(
    name="skip",
    role=Role.OPERATOR,
    help="no more of this restock",
    usage="PRODUCT [off]",
    group=Group.BUYING,
    short="2",
    example=Example(args="2", means="buys nothing of the second of /list in this restock; /skip 2 off takes that back"),
    says=purchases.say_answered,
)
SETTLE = Spec(
    name="settle",
    role=Role.OPERATOR,
    help="tell me how it ended",
    usage="ATTEMPT bought or not",
    group=Group.BUYING,
    short="7 bought",
    example=Example(args="7 not", means="says that nothing was ordered in attempt 7, so that I may buy again"),
    says=purchases.say_settled,
)
DRILL = Spec(
    name="drill",
    role=Role.OPERATOR,
    help="try out Buy and Skip",
    group=Group.BUYING,
    button_stays=True,
    says=steering.say_drill,
)
CANCEL = Spec(
    name="cancel",
    role=Role.OPERATOR,
    help="call off what is being bought",
    group=Group.BUYING,
    says=purchases.say_cancelled,
)
HEALTH = Spec(
    name="health",
    role=Role.OPERATOR,
    help="is all well with me?",
    group=Group.ABOUT,
    answering=Answering(answers.HealthFacts, answers.answer_health),
)
LOG = Spec(
    name="log",
    role=Role.OPERATOR,
    help="what happened last",
    usage="[how many] or all",
    short="20",
    example=Example(args="50", means="shows the last 50 things that happened"),
    answering=Answering(answers.JournalTail, answers.answer_log),
)
CLEARLOG = Spec(name="clearlog", role=Role.OPERATOR, help="hide what /log showed so far", says=journal.say_log_cleared)
VERSION = Spec(
    name="version",
    role=Role.OPERATOR,
    help="which version I am",
    group=Group.ABOUT,
    answering=Answering(answers.RunningVersion, answers.answer_version),
)

# ---- owners

REARM = Spec(
    name="rearm",
    role=Role.OWNER,
    help="turn buying on again",
    usage="[code]",
    group=Group.STEER,
    private=True,
    lateness=Lateness.SOON_OR_NEVER,
    asks_back=AsksBack.BY_CODE,
    says=steering.say_armed,
)
MODE = Spec(
    name="mode",
    role=Role.OWNER,
    help="practice, rehearsal or live",
    usage="simulate, rehearse or live",
    group=Group.STEER,
    short="live",
    example=Example(args="simulate", means="only practises buying from now on: nothing is ordered"),
    private=True,
    lateness=Lateness.SOON_OR_NEVER,
    asks_back=AsksBack.BY_CODE,
    says=steering.say_mode,
)
USERS = Spec(
    name="users",
    role=Role.OWNER,
    help="who may do what",
    group=Group.PEOPLE,
    private=True,
    answering=Answering(answers.MemberList, answers.answer_users),
)
INVITE = Spec(
    name="invite",
    role=Role.OWNER,
    help="let somebody in",
    usage="viewer, operator or owner",
    group=Group.PEOPLE,
    short="viewer",
    example=Example(args="viewer", means="makes a link that lets one person in, to look and to get alerts"),
    private=True,
    says=people.say_invited,
)
REVOKE = Spec(
    name="revoke",
    role=Role.OWNER,
    help="shut somebody out again",
    usage="id",
    group=Group.PEOPLE,
    short="1002",
    example=Example(args="1002", means="takes the role of person 1002, as /users numbers them"),
    private=True,
    says=answers.say_revoked,
)

AUDIT = Spec(
    name="audit",
    role=Role.OWNER,
    help="do my books add up?",
    group=Group.ABOUT,
    private=True,
    says=journal.say_audited,
)

#: What people may say, in the order in which it is listed to them.
SPECS = (
    *(START, HELP, STATUS, BOARD, LIST, SHOW, WHY, HISTORY, CHART, SLOT, ORDERS, SPEND, ALERTS, MUTE, QUIET, WEB),
    *(ADD, REMOVE, SET, MOVE, PAUSE, RESUME, REFRESH, STOP, BUY, SKIP, SETTLE, DRILL, CANCEL),
    *(HEALTH, LOG, CLEARLOG, VERSION),
    *(REARM, MODE, USERS, INVITE, REVOKE, AUDIT),
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
#: What the button of an invitation stands for.
UNINVITE = Spec(name="uninvite", role=Role.OWNER, private=True, says=people.say_uninvited)
#: A press of the button of price news that wants no more of it.
DISMISS = Spec(name="dismiss", role=Role.OPERATOR, says=prices.say_dismissed)
#: Words without a command.
TEXT = Spec(name="text", says=mentions.say_mentioned)
#: Links to products that nobody said a command with: in a group, or in what somebody handed on.
LINKS = Spec(name="links", says=mentions.say_mentioned)
#: The No of a question whether to watch something.
DECLINE = Spec(name="decline", role=Role.OPERATOR, says=mentions.say_declined)
#: A name that there is not, or not for who said it there.
UNKNOWN = Spec(name="unknown", answering=Answering(answers.NamedCommand, answers.answer_unknown))

UNSPOKEN = (PRESS, UNDO, UNINVITE, DISMISS, TEXT, LINKS, DECLINE, UNKNOWN)

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
