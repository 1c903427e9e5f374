"""What the plain samples of texts are made of: a household's products, attempts, changes and refusals."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

from msgspec import structs

from bot.commands import answers, specs
from bot.commands.arguments import BadArgument, find_product, parse_move, parse_pause, parse_set, parse_settle
from bot.commands.browsing.commands import WEB
from bot.text import alerts, checkout, steering, watchlist
from bot.text.draft import Buttons
from bot.text.events import Names, describe_event
from bot.text.purchases import approval_line
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
from purchasing.events import Control, ControlChanged, CutAttempt, CycleCompleted, RestockedProduct
from purchasing.model import Approval, ApprovalAnswer, PurchaseState, Review, Step, StockChange, Usage
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.rules.explain import explain
from tests.builders import AT, PRICE, attempt, in_stock, limits, line, out_of_stock, product, restock, seconds, standing
from tests.facts import USUAL, event, fact

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


def to_confirm() -> Iterator[Sample]:
    """What is asked of who arms buying, or chooses a mode."""
    yield steering.render_to_confirm(ToConfirm(what="rearm", code="1234"), mode=P, zone=UTC)
    clocks = Clocks(journal=AT + seconds(9000), present=AT)
    yield steering.render_to_confirm(ToConfirm(what="rearm", code="1234", clocks=clocks), mode=P, zone=UTC)
    for mode, lapsed in (*((mode, None) for mode in Mode), (L, "the shop asks to sign in")):
        terms = steering.ModeTerms(
            chosen=mode,
            limits=limits(),
            usage=Usage(),
            session_at=AT,
            lapsed=lapsed,
            in_cart=0,
            buys=[BuyMode.ASK, BuyMode.AUTO],
        )
        yield steering.render_to_confirm(ToConfirm(what=f"mode {mode}", code="1234"), mode=P, zone=UTC, terms=terms)


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
    "the shop refused to check out: out of stock (INVENTORY_UNAVAILABLE)",
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
