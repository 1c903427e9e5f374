"""Every text that people read, once, with a plain sample: `make texts`. To be read whole, as a stranger would."""

import sys
import textwrap
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from bot.access.preferences import Preferences
from bot.access.roles import Role
from bot.commands import answers
from bot.commands.personal import words
from bot.commands.specs import SPECS
from bot.health import SLOW
from bot.text import alerts, board, cards, checkout, digests, notices, picks, purchases, status, steering, watchlist
from bot.text.chat import journal, outlets, people
from bot.text.markup import plain
from bot.text.past import history
from bot.text.reasons import reason_words
from bot.text.taps import prices, toasts
from config.products import Mode
from monitor.model import Stock
from purchasing.checkout.model import Need
from purchasing.commands import LogCleared
from purchasing.events import (
    AccessChanged,
    Blind,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    Control,
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
from purchasing.model import ApprovalAnswer, PurchaseState, Step, Usage
from tests.builders import AT, PRICE, limits, line, out_of_stock, overview, restock, seconds
from tests.facts import fact
from tests.samples import (
    ALL,
    AUDITS,
    BLIND,
    CHARTED,
    D_TITLE,
    DEAR,
    DRAGON,
    IN,
    K_TITLE,
    KITE,
    NEW,
    OUT,
    PAST,
    REASONS,
    T_TITLE,
    TAPPED,
    TROVE,
    WALL,
    L,
    P,
    Render,
    Sample,
    asked,
    changes,
    outcomes,
    reasons_why,
    refusals,
    rehearsals,
    story,
    to_confirm,
    tried,
    what_happens,
)

#: The width of a phone, in letters.
PHONE = 42

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
    steering.render_to_confirm: to_confirm,
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
    checkout.render_cart_taken: lambda: [checkout.render_cart_taken(CartTaken(count=2), mode=L)],
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
