"""Every text that people read, once, with a plain sample: `make texts`. To be read whole, as a stranger would."""

import sys
import textwrap
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

from msgspec import structs

from bot.access.preferences import Preferences
from bot.access.roles import Role
from bot.commands import answers, specs
from bot.commands.arguments import BadArgument, find_product, parse_move, parse_pause, parse_set, parse_settle
from bot.commands.browsing.commands import WEB
from bot.commands.personal import words
from bot.commands.specs import SPECS
from bot.health import SLOW
from bot.text import alerts, board, cards, checkout, digests, notices, picks, purchases, status, steering, watchlist
from bot.text.chat import journal, outlets, people
from bot.text.draft import Buttons
from bot.text.events import Names, describe_event
from bot.text.markup import plain
from bot.text.past import history
from bot.text.purchases import approval_line
from bot.text.reasons import reason_words
from bot.text.taps import prices, toasts
from bot.text.taps.alert_buttons import alert_buttons
from config.products import BuyMode, Mode, Tcin
from monitor.model import Circuit, CircuitState, Stock, StockState
from purchasing.checkout.model import Need
from purchasing.commands import (
    Added,
    Answered,
    Audited,
    BusyHour,
    Cancelled,
    Charted,
    Clocks,
    Done,
    Invited,
    LogCleared,
    LookedBack,
    Mentioned,
    ModeChosen,
    PageLinked,
    PastRestock,
    Paused,
    PlaceChanged,
    RefusedWord,
    Removed,
    Resumed,
    Revoked,
    Settled,
    Stopped,
    ToConfirm,
    Undone,
    WishesChanged,
)
from purchasing.controls import Remark
from purchasing.events import (
    AccessChanged,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    Control,
    ControlChanged,
    CutAttempt,
    CycleCompleted,
    DaySummedUp,
    Event,
    LimitReached,
    MissedRestock,
    NamedProduct,
    OrderFound,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    RestockedProduct,
    Restored,
    SessionExpired,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    UnreadProduct,
    Variation,
    WaitedCommand,
)
from purchasing.model import Approval, ApprovalAnswer, PurchaseState, Review, Step, StockChange, Usage
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.rules.explain import explain
from tests.builders import (
    AT,
    PRICE,
    attempt,
    in_stock,
    limits,
    line,
    out_of_stock,
    overview,
    product,
    restock,
    seconds,
    standing,
)
from tests.facts import USUAL, event, fact

#: The width of a phone, in letters.
PHONE = 42

TROVE, DRAGON, KITE = Tcin("94734932"), Tcin("93954435"), Tcin("91351689")
T_TITLE, D_TITLE, K_TITLE = "Illumineer's Trove", "Ember the Dragon", "Sky Kite"
IN = line(product(TROVE, buy=BuyMode.ASK), stock=in_stock(title=T_TITLE))
OUT = line(product(DRAGON, max_price=None), stock=out_of_stock(title=D_TITLE, price=Decimal("19.99")))
DEAR = line(product(KITE, max_price=Decimal(12)), stock=in_stock(title=K_TITLE, price=Decimal("14.99")))
NEW = line(Tcin("90000001"), stock=Stock(), remark=Remark(why="Target knows no product of this number", unread=True))
WALL = "product_summary_with_fulfillment_v1: the bot wall (403)"
BLIND = Circuit(state=CircuitState.OPEN, open_until=AT + seconds(90), blind_since=AT, why=WALL)
ALL = (IN, OUT, DEAR, NEW)
P, R, L = Mode.SIMULATE, Mode.REHEARSE, Mode.LIVE
NAMES = Names(titles={TROVE: T_TITLE, DRAGON: D_TITLE}, people={1001: "Ada", 1002: "Bea"})

#: A text, or one with its buttons.
Sample = str | tuple[str, Buttons]
Render = Callable[..., Any]


def tried(step: Step, mode: Mode = P, **more: Any) -> Any:
    usual: dict[str, Any] = {"total": Decimal("53.24") if step is Step.CONFIRMED else None}
    return attempt(step, TROVE, mode=mode, moved_at=AT + seconds(3), id=7, **{**usual, **more})


def story(*tries: Any, mode: Mode = P, **more: Any) -> Sample:
    told = restock(*tries, wanted=IN.product, **{"stock": IN.stock, **more})
    link, asked = "https://www.target.com/p/-/A-94734932", approval_line(told, UTC)
    text = alerts.render_alert(told, mode=mode, zone=UTC, asked=asked)
    return text, alert_buttons(told, link=link, acting=True)


def asked(answer: ApprovalAnswer | None = None, by: str | None = None) -> Approval:
    return Approval(
        id=3,
        tcin=TROVE,
        window=1,
        price=PRICE,
        expires_at=AT + seconds(300),
        answer=answer,
        answered_by=by,
        answered_at=AT if by else None,
    )


def changes() -> Iterator[Sample]:
    """What each command that changes something says when it is done."""
    cut = CutAttempt(attempt=7, tcin=TROVE, title=T_TITLE, step=Step.CARTED)
    results: list[tuple[Any, Any]] = [
        (specs.ADD, Added(added=(TROVE,))),
        (
            specs.ADD,
            Added(added=(TROVE, DRAGON), there=(KITE,), refused=(RefusedWord(word="12x", why=_why_not("12x")),)),
        ),
        (specs.ADD, Added(added=())),
        (specs.REMOVE, Removed(removed=(TROVE,))),
        (specs.REMOVE, Removed(removed=(TROVE, DRAGON))),
        (specs.SET, WishesChanged(tcin=TROVE, keys=("max_price", "quantity"))),
        (specs.MOVE, PlaceChanged(tcin=TROVE, place=1, of=4)),
        (specs.UNDO, Undone(absent=(), present=(TROVE,))),
        (specs.PAUSE, Paused(tcin=None, until=None)),
        (specs.PAUSE, Paused(tcin=TROVE, until=AT + seconds(7200))),
        (specs.RESUME, Resumed(tcin=None, stopped="stopped by Ada")),
        (specs.RESUME, Resumed(tcin=TROVE, stopped=None, paused=True)),
        (specs.REFRESH, Done()),
        (specs.STOP, Stopped(already=None, cut=cut)),
        (specs.STOP, Stopped(already="stopped by Ada", cut=None)),
        (specs.BUY, Answered(tcin=TROVE, answer=ApprovalAnswer.BUY)),
        (specs.SKIP, Answered(tcin=TROVE, answer=ApprovalAnswer.SKIP)),
        (specs.SETTLE, Settled(tcin=TROVE, attempt=7, bought=True)),
        (specs.CANCEL, Cancelled(tcin=TROVE, attempt=7)),
        (specs.DRILL, Done()),
        (specs.REARM, Done()),
        *((specs.MODE, ModeChosen(mode=mode)) for mode in Mode),
        (
            specs.INVITE,
            Invited(role="viewer", code="ABCD2345", link="https://t.me/my_stockbell_bot?start=ABCD2345", until=AT),
        ),
        (specs.REVOKE, Revoked(user=1002, name="Bea")),
        (specs.REVOKE, Revoked(user=1002, name="Bea", stays="viewer")),
        (specs.REVOKE, Revoked(user=1002, name="Bea", browsers=1)),
        (specs.REVOKE, Revoked(user=1002, stays="owner", browsers=2)),
        (WEB, PageLinked(url="https://bell.example/sign-in/VGj4u0PqzKwT7nYxQ2mB8sRcE5hLdA1f", until=AT)),
        (WEB, PageLinked(url="https://bell.example/")),
        (WEB, PageLinked(url="http://127.0.0.1:8787/", only_here=True)),
        (specs.TEXT, Mentioned(tcins=(TROVE,))),
        (specs.TEXT, Mentioned()),
        (specs.LINKS, Mentioned(tcins=(Tcin("93954435"), Tcin("12345678")))),
        (specs.LINKS, Mentioned(tcins=(TROVE,), may_add=False)),
        (specs.LINKS, Mentioned(there=(TROVE,))),
        (specs.DECLINE, Done()),
        (specs.UNINVITE, Done()),
    ]
    for spec, result in results:
        yield answers.render_change(spec, result, ALL, mode=P, zone=UTC)
    yield steering.say_who_rearms(["Ada"], are_told=True)
    yield steering.say_who_rearms(["Ada", "Bea"], are_told=False)
    yield steering.say_who_rearms([], are_told=True)


def _why_not(word: str) -> str:
    return f"{word!r} is neither a product number (6 to 10 digits) nor a link to a product"


def outcomes() -> Iterator[Sample]:
    told = restock(wanted=IN.product, stock=IN.stock)
    yield alerts.render_outcome(told, tried(Step.CONFIRMED))
    yield alerts.render_outcome(told, tried(Step.CONFIRMED, L, order_number="912003456789"))
    yield alerts.render_outcome(told, tried(Step.REFUSED, why="sold out while ordering (practice)"))
    yield alerts.render_outcome(told, tried(Step.ABANDONED, L, why="the cart costs 60.00, above the cap 49.99"))
    yield alerts.render_outcome(told, tried(Step.REHEARSED, R, total=Decimal("53.24")))
    yield alerts.render_outcome(told, tried(Step.REFUSED, L, why="INVENTORY_UNAVAILABLE"), is_left=True)
    for need in (*Need, "another"):
        yield alerts.render_outcome(told, tried(Step.ABANDONED, L, why="the shop asks for it"), need=need)


def rehearsals() -> Iterator[Sample]:
    review = Review(items={TROVE: 1}, total=Decimal("53.24"), subtotal=PRICE, seller="Target")
    usual = Rehearsal(
        attempt=tried(Step.REHEARSED, R),
        acts=(TimedAct(what="into the cart", took=seconds(3), done=True),),
        review=review,
        picture=None,
        need=None,
        clean=True,
    )
    yield checkout.render_rehearsal(usual, T_TITLE)
    dear = tried(Step.ABANDONED, R, why="the cart costs 60.00, above the cap 49.99")
    yield checkout.render_rehearsal(replace(usual, attempt=dear), T_TITLE)
    pin = tried(Step.ABANDONED, R, why="the shop asks for the PIN")
    yield checkout.render_rehearsal(replace(usual, attempt=pin, review=None, need=Need.PIN, clean=False), T_TITLE)


def reasons_why() -> Iterator[Sample]:
    """What /why tells, in different straits."""
    known = [describe_event(event(one), UTC, only=TROVE, names=NAMES, now=AT) for one in _on_trove()]
    for one, around in (
        (IN, standing(IN)),
        (IN, standing(IN, mode=L)),
        (DEAR, standing(DEAR, paused=True)),
        (NEW, standing(NEW)),
        (replace(OUT, window=None), standing(OUT)),
        (IN, standing(IN, slot=tried(Step.CARTED))),
        (replace(IN, state=PurchaseState.PURCHASED), standing(IN)),
    ):
        told = explain(one, around, at=AT + seconds(12))
        yield watchlist.render_why(one, told, [line for line in known if line], mode=around.mode)


def _on_trove() -> list[Any]:
    return [
        _stock_fact(before=StockState.UNKNOWN, after=StockState.OUT_OF_STOCK),
        _stock_fact(before=StockState.OUT_OF_STOCK, after=StockState.IN_STOCK),
    ]


def _stock_fact(*, before: StockState, after: StockState) -> CycleCompleted:
    return fact(CycleCompleted, changes=(StockChange(tcin=TROVE, before=before, after=after),))


def what_happens() -> Iterator[Sample]:
    """Lines of /log, one for each kind of event, and several where it is told in several ways."""
    told: list[Any] = [*_on_trove(), *USUAL.values()]
    for what, value in ((Control.STOP, True), (Control.REARM, True), (Control.MODE, "live"), (Control.PAUSE, True)):
        told.append(fact(ControlChanged, what=what, value=value, by="Ada", tcin=None))
    for one in told:
        line_of_it = describe_event(event(one), UTC, names=NAMES, now=AT)
        if line_of_it is not None:
            yield line_of_it


#: Reasons as they are stored, one of each kind.
REASONS = (
    WALL,
    "product_summary_with_fulfillment_v1: throttled (429)",
    "product_summary_with_fulfillment_v1: not available now (503)",
    "product_summary_with_fulfillment_v1: no whole answer within 8 s",
    "product_summary_with_fulfillment_v1: All connection attempts failed",
    "product_summary_with_fulfillment_v1: an answer that is not JSON (200)",
    "product_summary_with_fulfillment_v1: the key was refused (401)",
    "pdp_client_v1: the call no longer exists (410)",
    "no key is set, and the product page shows none",
    "nothing certain in the answer",
    "no check has told anything certain",
    "refused before, to be asked again soon",
    "Target knows no product of this number",
    "missing from Target's answer",
    "the part on its stock is missing from Target's answer",
    "it comes in variations, each to be watched by its own number: 91351689 Sky Kite, red",
    "Target uses a new word for its stock: SOON",
    "Target's answer says nothing of pickup, and it is sold out for shipping",
    "in stock for pickup, not for shipping",
    "sold by a marketplace seller",
    "out of stock (OUT_OF_STOCK)",
    "price 59.99 is above the cap 49.99",
    "no certain reading yet",
    "its last certain reading is 45 s old",
    "stopped by Ada",
    "the file EMERGENCY_STOP is there",
    "watching is paused",
    "the product is paused",
    "the product is disabled",
    "it is watched for alerts only",
    "Ada said skip for this restock",
    "it was rehearsed in this restock window",
    "1 of 1 wanted were bought",
    "2 of 2 that the shop sells to one household were bought",
    "3 of 3 attempts in this restock window were made",
    "10 of 10 purchases today were made",
    "80.00 was spent today and 49.99 more is above 100.00",
    "buying by itself needs a cap, like max=49.99",
    "it asks first",
    "nobody answered in time; /buy still can",
    "it waits for an answer",
    "Ada said buy too long ago; /buy still can",
    "its price is not known and it has no cap",
    "the cooldown after the last purchase takes 4 m more",
    "a second look told nothing certain: product_summary_with_fulfillment_v1: the bot wall (403)",
    "a second look found it out of stock (OUT_OF_STOCK)",
    "a second look found a marketplace seller",
    "a second look found no price",
    "a second look found the price 50.00, above the cap 49.99",
    "a second look found that the shop sells 1 to one household",
    "the cart holds 2 x 94734932, wanted is 1 x 94734932",
    "the cart costs 60.00, above the cap 49.99",
    "the total 70.00 is above 57.49, the cap with its allowance",
    "it is sold by Toys and More",
    "it is now wanted by pickup",
    "its deadline passed before the button",
    "the service ended while it was submitting",
    "the service ended while it was carted",
    "no confirmation came before the deadline",
    "no confirmation came before the deadline; the order list has no such order",
    "no confirmation came, and the page offers its button again, for 12 s",
    "a stop came, and the press was taken back; the order list has no such order",
    "it broke, the log says how",
    "the service is stopping",
    "the shop's page changed: the button that orders is not there (marker place-order)",
    "the shop asks whether a person is there",
    "the shop refused to put it into the cart: MAX_PURCHASE_LIMIT_EXCEEDED",
    "a dialog that is not known lies over the page: Are you still there?",
    "the cart holds 3 things already",
    "the order list could not be read before the button: the order list was answered with 403",
    "the browser did not start: BrowserType.launch: Executable doesn't exist at /usr/bin/x",
    "refused with INVENTORY_UNAVAILABLE, but the cart does not hold it any more",
    "the cart could not be cleaned: it took too long",
    "nothing is bought, as the database is not the one that was opened: stockbell.db is gone",
    "the database does not work: disk I/O error",
    "nothing is bought: the clock is 3 h behind the journal; if it is right, /rearm accepts it",
    "Telegram: flood limit, wait 30 s",
    "Telegram: another program polls with this token",
)


#: What is asked of the journal, and what may be found.
AUDITS = (
    Audited(events=5120, cycles=1284, attempts=7, moves=30, orders=1, found=0, findings=()),
    Audited(events=5120, cycles=1284, attempts=7, moves=30, orders=1, found=1, findings=("seq 4: two at a time",)),
    Audited(events=912, cycles=1284, attempts=7, moves=30, orders=1, found=0, findings=(), compacted_to=AT),
)
_DAYS_BACK = LookedBack(tcin=TROVE, days=7, at=AT, restocks=0, open_s=0, in_week=0, in_month=0)
PAST = (
    _DAYS_BACK,
    structs.replace(_DAYS_BACK, seen_s=7_200, unknown_s=93_600, lowest=Decimal("79.99"), highest=Decimal("79.99")),
    structs.replace(
        _DAYS_BACK,
        days=30,
        restocks=9,
        open_s=7_820,
        in_week=3,
        in_month=9,
        last=(
            PastRestock(opened_at=AT, closed_at=None, price=Decimal("49.99")),
            PastRestock(
                opened_at=AT - seconds(90_000),
                closed_at=AT - seconds(89_840),
                price=Decimal("49.99"),
                step=Step.CONFIRMED,
                mode=Mode.LIVE,
            ),
            PastRestock(
                opened_at=AT - seconds(400_000),
                closed_at=AT - seconds(399_000),
                step=Step.ABANDONED,
                mode=Mode.SIMULATE,
            ),
        ),
        hours=(BusyHour(hour=9, times=4), BusyHour(hour=14, times=2)),
        lowest=Decimal("44.99"),
        highest=Decimal("49.99"),
    ),
    structs.replace(
        _DAYS_BACK,
        tcin=None,
        restocks=4,
        open_s=900,
        in_week=4,
        in_month=6,
        products=(
            RestockedProduct(tcin=TROVE, title=T_TITLE, times=3, open_s=700, is_open=True),
            RestockedProduct(tcin=KITE, title=K_TITLE, times=1, open_s=200, is_open=False),
        ),
    ),
)
CHARTED = tuple(
    Charted(picture="94734932-7d-0.png", tcin=tcin, days=7, restocks=3, open_s=700) for tcin in (TROVE, None)
)
TAPPED = (
    Answered(tcin=TROVE, answer=ApprovalAnswer.BUY),
    Answered(tcin=TROVE, answer=ApprovalAnswer.SKIP),
    Paused(tcin=TROVE, until=AT),
    Resumed(tcin=None, stopped=None),
    Stopped(already=None, cut=None),
    Added(added=(TROVE,)),
    Removed(removed=(TROVE,)),
    WishesChanged(tcin=TROVE, keys=("max_price",)),
    Undone(absent=(), present=(TROVE,)),
)


def refusals() -> Iterator[Sample]:
    """What somebody is told whose words can't be used."""
    two = (IN, OUT)
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("show", lambda: find_product("", two)),
        ("show", lambda: find_product("unicorn", two)),
        ("show", lambda: find_product("9", two)),
        ("show", lambda: find_product("94734939", two)),
        ("set", lambda: parse_set("", two)),
        ("set", lambda: parse_set("1", two)),
        ("set", lambda: parse_set("1 cheap", two)),
        ("set", lambda: parse_set("1 mxa=5", two)),
        ("set", lambda: parse_set("1 colour=red", two)),
        ("set", lambda: parse_set("1 max=cheap", two)),
        ("set", lambda: parse_set("1 qty=0", two)),
        ("set", lambda: parse_set("1 buy=yes", two)),
        ("set", lambda: parse_set("1 every=2d", two)),
        ("set", lambda: parse_set("2 buy=auto", two)),
        ("move", lambda: parse_move("1", two)),
        ("settle", lambda: parse_settle("7", *())),
        ("pause", lambda: parse_pause("1 2hrs", two)),
        ("pause", lambda: parse_pause("400d", two)),
    ]
    for name, attempted in attempts:
        try:
            attempted()
        except BadArgument as error:
            yield answers.render_refusal(name, str(error), mode=P)
    yield answers.render_refusal("buy", "buying is stopped by Ada; /rearm first", [IN], mode=L)
    yield answers.render_refusal(None, "this button has expired", mode=P)


#: For each function that makes a text, or for a heading: its samples.
SAMPLES: dict[Render | str, Callable[[], Iterable[Sample]]] = {
    alerts.render_alert: lambda: [
        story(),
        story(mode=L, approval=asked()),
        story(mode=L, approval=asked(ApprovalAnswer.SKIP, "Ada")),
        story(mode=L, approval=asked(ApprovalAnswer.EXPIRED)),
        story(tried(Step.CARTED, L), mode=L),
        story(tried(Step.CONFIRMED, L, order_number="912003456789"), mode=L),
        story(tried(Step.REFUSED, L, why="the shop says that it is too busy"), mode=L),
        story(tried(Step.UNCONFIRMED, L, why="no confirmation came before the deadline"), mode=L),
        story(tried(Step.CONFIRMED), tried(Step.REFUSED, why="sold out while ordering (practice)")),
        story(*[tried(Step.CONFIRMED)] * 9),
        story(stock=replace(IN.stock, price=Decimal("59.99"))),
        story(stock=out_of_stock(title=T_TITLE), closed_at=AT + seconds(160)),
        story(watched=False),
    ],
    alerts.render_restocks: lambda: [
        alerts.render_restocks(
            [restock(wanted=one.product, stock=one.stock) for one in (IN, DEAR, IN, DEAR)], mode=P, zone=UTC
        )
    ],
    alerts.render_outcome: outcomes,
    alerts.render_unconfirmed: lambda: [
        alerts.render_unconfirmed(
            restock(wanted=IN.product, stock=IN.stock),
            tried(Step.UNCONFIRMED, L, why="no confirmation came before the deadline", total=Decimal("53.24")),
            need=need,
        )
        for need in (None, Need.PIN, Need.PASSWORD)
    ],
    board.render_board: lambda: [
        board.render_board(overview(*ALL), fact(CycleCompleted), at=AT, zone=UTC),
        board.render_board(
            overview(OUT, NEW, circuit=BLIND, stopped="stopped by Ada"), fact(CycleCompleted), at=AT, zone=UTC
        ),
        board.render_board(overview(DEAR, paused=True), fact(CycleCompleted), at=AT, zone=UTC),
        board.render_board(overview(*ALL), fact(CycleCompleted), at=AT, zone=UTC, ended=True),
        board.render_board(overview(), None, at=AT, zone=UTC),
    ],
    board.render_old_board: lambda: [board.render_old_board(P)],
    status.render_status: lambda: [
        status.render_status(overview(*ALL), [], unsent=0, held=None, at=AT + seconds(12), zone=UTC),
        status.render_status(
            overview(*ALL, stopped="stopped by Ada", mode=L, circuit=BLIND, slot=tried(Step.CARTED, L)),
            ["blind: x", "Telegram: flood limit, wait 30 s", "watchlist.toml: line 4: max_price must be a number"],
            unsent=3,
            held=IN,
            at=AT + seconds(12),
            zone=UTC,
        ),
    ],
    status.render_health: lambda: [
        status.render_health("healthy", [], mode=P),
        status.render_health("degraded", ["paused", f"blind: {WALL}", "nothing is watched", SLOW], mode=P),
    ],
    status.render_log: lambda: [status.render_log(["11:30 94734932 Trove: first seen: sold out"], mode=P)],
    status.render_version: lambda: [status.render_version("0.1.0", AT, mode=P, at=AT + seconds(7200))],
    purchases.render_slot: lambda: [
        purchases.render_slot(overview(*ALL), held=None, at=AT),
        purchases.render_slot(
            overview(IN, replace(OUT, state=PurchaseState.QUEUED), slot=tried(Step.SUBMITTING)),
            held=IN,
            at=AT + seconds(12),
        ),
        purchases.render_slot(overview(IN, slot=tried(Step.UNCONFIRMED, L), mode=L), held=IN, at=AT + seconds(12)),
    ],
    purchases.render_limit: lambda: [
        purchases.render_limit(
            fact(LimitReached, tcin=TROVE, why="10 of 10 purchases today were made"), T_TITLE, mode=L
        )
    ],
    purchases.render_orders: lambda: [
        purchases.render_orders([], {}, mode=P, zone=UTC),
        purchases.render_orders(
            [
                tried(Step.CONFIRMED, L, order_number="912003456789"),
                tried(Step.REFUSED, why="sold out"),
                tried(Step.CARTED),
            ],
            {TROVE: IN},
            mode=L,
            zone=UTC,
        ),
    ],
    purchases.render_spend: lambda: [
        purchases.render_spend(Usage(spent_today=PRICE, bought_today=1), limits(), mode=L),
        purchases.render_spend(Usage(), limits(max_spend_per_day=Decimal(100)), mode=P),
    ],
    watchlist.render_list: lambda: [
        watchlist.render_list(overview(*ALL), page=1, at=AT),
        watchlist.render_list(overview(), page=1, at=AT),
    ],
    watchlist.render_show: lambda: [
        watchlist.render_show(
            one,
            [restock(), restock(tried(Step.CONFIRMED), closed_at=AT + seconds(160))] if one is IN else [],
            ["11:30 first seen: sold out"] if one is IN else [],
            seen_at=None if one is NEW else AT,
            mode=P,
            at=AT + seconds(12),
            zone=UTC,
        )
        for one in ALL
    ],
    watchlist.render_why: reasons_why,
    answers.render_change: changes,
    answers.render_start: lambda: [
        answers.render_start(Role.OWNER, overview(*ALL)),
        answers.render_start(Role.VIEWER, overview()),
        answers.render_start(Role.VIEWER, overview(*ALL), joined=people.Joined(by="Ada")),
        answers.render_start(Role.OWNER, overview(), joined=people.Joined(by=None)),
    ],
    answers.render_help: lambda: [answers.render_help(SPECS, mode=P)],
    answers.render_help_on: lambda: [answers.render_help_on(spec, mode=P) for spec in SPECS],
    answers.render_unknown: lambda: [
        answers.render_unknown("lst", "list", mode=P),
        answers.render_unknown("fly", None, mode=P),
    ],
    answers.render_elsewhere: lambda: [answers.render_elsewhere("rearm", mode=P)],
    answers.render_refusal: refusals,
    answers.render_users: lambda: [
        answers.render_users({1001: Role.OWNER, 1002: Role.VIEWER}, {1001: "Ada"}, [-1001], mode=P)
    ],
    steering.render_question: lambda: [
        steering.render_question(f"Remove the $12.00 limit for {K_TITLE} {KITE}?", mode=P),
    ],
    steering.render_to_confirm: lambda: [
        steering.render_to_confirm(ToConfirm(what="rearm", code="1234"), mode=P, zone=UTC),
        steering.render_to_confirm(
            ToConfirm(what="rearm", code="1234", clocks=Clocks(journal=AT + seconds(9000), present=AT)),
            mode=P,
            zone=UTC,
        ),
        *(
            steering.render_to_confirm(
                ToConfirm(what=f"mode {mode}", code="1234"),
                mode=P,
                zone=UTC,
                terms=steering.ModeTerms(
                    chosen=mode,
                    limits=limits(),
                    usage=Usage(),
                    session_at=AT,
                    lapsed=lapsed,
                    buys=[BuyMode.ASK, BuyMode.AUTO],
                ),
            )
            for mode, lapsed in (*((mode, None) for mode in Mode), (L, "the shop asks to sign in"))
        ),
    ],
    notices.render_stop_news: lambda: [
        notices.render_stop_news("Ada", CutAttempt(attempt=7, tcin=TROVE, title=T_TITLE, step=Step.SUBMITTING), mode=L),
        notices.render_stop_news("the emergency file", None, mode=P),
    ],
    notices.render_pause_news: lambda: [
        notices.render_pause_news("Ada", None, mode=P, zone=UTC),
        notices.render_pause_news("Ada", AT, mode=P, zone=UTC),
    ],
    notices.render_resume_news: lambda: [notices.render_resume_news("Ada", mode=P)],
    notices.render_still_held: lambda: [
        notices.render_still_held(
            fact(StillHeld, what=what, since=AT - seconds(43_200)), "Ada", at=AT, mode=P, zone=UTC
        )
        for what in (Control.PAUSE, Control.STOP)
    ],
    people.render_access_news: lambda: [
        (people.render_access_news(changed, "Bea", "Ada", mode=P), people.access_buttons(changed))
        for changed in (fact(AccessChanged, user=1002, role=role, by="1001") for role in ("viewer", None))
    ],
    notices.render_rearm_news: lambda: [
        notices.render_rearm_news("Ada", None, mode=L, zone=UTC),
        notices.render_rearm_news("Ada", AT, mode=L, zone=UTC),
    ],
    notices.render_mode_news: lambda: [notices.render_mode_news("Ada", mode=mode) for mode in Mode],
    notices.render_blind: lambda: [
        notices.render_blind(Blind(why=WALL, until=AT + seconds(90)), mode=P, zone=UTC, at=AT),
        notices.render_blind(Blind(why="no check has told anything certain", until=None), mode=P, zone=UTC, at=AT),
    ],
    notices.render_sighted: lambda: [notices.render_sighted(Sighted(lasted_s=300), mode=P)],
    notices.render_checks_slow: lambda: [
        notices.render_checks_slow(ChecksSlow(since=AT - seconds(200), took_ms=4212), mode=P)
    ],
    notices.render_checks_quick: lambda: [notices.render_checks_quick(ChecksQuick(lasted_s=1500), mode=P)],
    digests.render_away: lambda: [
        digests.render_away(
            CaughtUp(
                away_s=7300,
                down_s=7200,
                missed=(MissedRestock(tcin=TROVE, title=T_TITLE, lasted_s=160),),
                honoured=(WaitedCommand(what="pause", by="Ada", age_s=600, why=None),),
                refused=(WaitedCommand(what="buy", by="Bea", age_s=900, why="it came 15 m late"),),
            ),
            mode=P,
            tells_commands=True,
        ),
        digests.render_away(
            CaughtUp(away_s=300, down_s=0, missed=(), honoured=(), refused=()), mode=P, tells_commands=True
        ),
    ],
    digests.render_day: lambda: [
        digests.render_day(fact(DaySummedUp), mode=P, zone=UTC),
    ],
    digests.render_nudge: lambda: [
        digests.render_nudge(restock(wanted=IN.product, stock=IN.stock, approval=one), mode=L, zone=UTC)
        for one in (asked(), asked(ApprovalAnswer.BUY, "Ada"))
    ],
    words.render_alerts: lambda: [
        (words.render_alerts(Preferences(), mode=P, at=AT, zone=UTC), words.alert_buttons(Preferences(), AT))
    ],
    words.render_mute: lambda: [
        words.render_mute(one, mode=P, at=AT, zone=UTC)
        for one in (Preferences(), Preferences(muted_until=AT + seconds(7200)))
    ],
    words.render_quiet: lambda: [words.render_quiet(Preferences(), mode=P, at=AT, zone=UTC)],
    picks.render_pick: lambda: [
        picks.render_pick("show", ALL, words="", rest="", page=1, mode=P),
        picks.render_pick("remove", (IN, DEAR), words="k", rest="", page=1, mode=P),
        picks.render_pick("buy", (), words="", rest="", page=1, mode=L),
    ],
    picks.render_choices: lambda: [
        picks.render_choices(IN, rest="", mode=P),
        picks.render_choices(OUT, rest="buy=auto", mode=P),
    ],
    picks.render_places: lambda: [picks.render_places(OUT, 2, 4, mode=P)],
    cards.render_card: lambda: [
        cards.render_card(one, is_read=one is not NEW, undo="abc", mode=P)
        for one in (*ALL, line(DRAGON, stock=Stock()))
    ],
    cards.render_gone_card: lambda: [cards.render_gone_card(TROVE, mode=P)],
    watchlist.render_unwatched: lambda: [watchlist.render_unwatched(TROVE, may_add=True, mode=P)],
    prices.render_price_news: lambda: [
        (prices.render_price_news(DEAR, mode=P), prices.price_buttons(DEAR, acting=True)),
        prices.render_price_news(DEAR, before=Decimal("16.99"), mode=P),
    ],
    prices.render_price_drop: lambda: [
        prices.render_price_drop(restock(wanted=IN.product, stock=IN.stock), "$59.99", mode=P)
    ],
    "the journal as a whole": lambda: [
        *("\n".join(journal.say_audited(one, {}, UTC)) for one in AUDITS),
        *("\n".join(journal.say_log_cleared(LogCleared(is_hidden=one), {}, UTC)) for one in (True, False)),
        journal.compacted_words(AT, UTC),
    ],
    "the last days": lambda: [
        *(("\n".join(history.say_history(one, {TROVE: IN}, UTC)), history.history_buttons(one)) for one in PAST),
        *(("\n".join(history.say_charted(one, {TROVE: IN}, UTC)), history.chart_buttons(one)) for one in CHARTED),
    ],
    "answers to taps": lambda: [toasts.say_outcome(one, {TROVE: IN}, UTC) for one in TAPPED],
    notices.render_storage_failed: lambda: [
        notices.render_storage_failed(StorageFailed(why="no space left on device", since=AT, lasted_s=90), mode=P)
    ],
    notices.render_storage_displaced: lambda: [
        notices.render_storage_displaced(StorageDisplaced(why="stockbell.db is gone"), mode=P)
    ],
    notices.render_restored: lambda: [notices.render_restored(fact(Restored), mode=L, zone=UTC)],
    outlets.render_outlet_failed: lambda: [outlets.render_outlet_failed(fact(OutletFailed), mode=P, zone=UTC)],
    outlets.render_outlet_back: lambda: [outlets.render_outlet_back(fact(OutletBack), mode=P)],
    outlets.render_refused: lambda: [outlets.render_refused(AT, mode=P, zone=UTC)],
    outlets.render_backlog: lambda: [
        outlets.render_backlog(
            outlets.Backlog(
                since=AT - seconds(10_800),
                until=AT,
                count=4,
                outcomes=(f"22 Nov 13:10: LIVE · Bought for $53.24 · <b>{D_TITLE}</b> · {DRAGON}",),
                others=(f"22 Nov 13:09: PRACTICE · <b>GONE</b> · $49.99 · <b>{T_TITLE}</b> · {TROVE}",),
            ),
            mode=P,
            zone=UTC,
        )
    ],
    notices.render_storage_back: lambda: [notices.render_storage_back(StorageBack(lasted_s=90), mode=P)],
    notices.render_note: lambda: [notices.render_note("practises: live takes effect by /mode live alone", mode=P)],
    notices.render_untold: lambda: [
        notices.render_untold(Event(seq=7, at=AT, fact=UnknownFact(kind="something_new", raw="{}")), mode=P)
    ],
    notices.render_watchlist_trouble: lambda: [
        notices.render_watchlist_trouble(["line 5: max_price must be a positive amount like 49.99"], mode=P)
    ],
    notices.render_unread: lambda: [
        notices.render_unread(
            ProductsUnread(
                products=(
                    UnreadProduct(tcin=NEW.tcin, title="", why="Target knows no product of this number"),
                    UnreadProduct(tcin=TROVE, title=T_TITLE, why="Target uses a new word for its stock: SOON"),
                )
            ),
            mode=P,
        )
    ],
    notices.render_delisted: lambda: [
        notices.render_delisted(ProductsDelisted(products=(NamedProduct(tcin=TROVE, title=T_TITLE),)), mode=P)
    ],
    notices.render_listed: lambda: [
        notices.render_listed(ProductsListed(products=(NamedProduct(tcin=TROVE, title=T_TITLE),)), mode=P)
    ],
    notices.render_emptied_watchlist: lambda: [notices.render_emptied_watchlist([TROVE], mode=P)],
    notices.render_variations: lambda: [
        (notices.render_variations(learned, mode=P), notices.variation_buttons(learned))
        for learned in [fact(ProductLearned, tcin=KITE, title=K_TITLE, children=(Variation(tcin=TROVE, title="Red"),))]
    ],
    checkout.render_session_expired: lambda: [
        checkout.render_session_expired(SessionExpired(why="the shop asks to sign in", since=AT), mode=L, zone=UTC)
    ],
    checkout.render_cart_not_cleaned: lambda: [
        checkout.render_cart_not_cleaned(
            CartNotCleaned(attempt=7, tcin=TROVE, why="the cart could not be cleaned: it took too long"),
            T_TITLE,
            mode=L,
        )
    ],
    checkout.render_cart_cleaned: lambda: [
        checkout.render_cart_cleaned(CartCleaned(attempt=7, tcin=TROVE), T_TITLE, mode=L)
    ],
    checkout.render_order_found: lambda: [
        checkout.render_order_found(
            OrderFound(attempt=7, tcin=TROVE, order_number="912003456789", total=Decimal("53.24")), T_TITLE
        )
    ],
    checkout.render_rehearsal: rehearsals,
    "lines of /log": what_happens,
    "stored reasons in other words": lambda: [f"{one}\n→ {reason_words(one)}" for one in REASONS],
}


def print_texts(*, width: int = PHONE) -> Iterator[str]:
    """All of them under the names of their functions, folded as on a phone."""
    for heading, samples in SAMPLES.items():
        name = heading if isinstance(heading, str) else f"{heading.__module__}.{heading.__name__}"
        yield f"=== {name}"
        for sample in samples():
            text, buttons = sample if isinstance(sample, tuple) else (sample, ())
            for one in plain(text).split("\n"):
                yield from textwrap.wrap(one, width, break_on_hyphens=False) or [""]
            for row in buttons:
                yield " ".join(f"[{button.text}]" for button in row)
            yield "-" * width


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.texts", description=__doc__)
    parser.add_argument("--width", type=int, default=PHONE, help="letters in a line")
    sys.stdout.writelines(f"{one}\n" for one in print_texts(width=parser.parse_args().width))


if __name__ == "__main__":
    main()
