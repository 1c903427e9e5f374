"""One way to call each function that makes a text, with whatever people and shops may say."""

import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, time
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

import bot
from bot.access.preferences import NewsKind, Preferences, QuietHours, Sound
from bot.access.roles import Role
from bot.charts.model import Reach
from bot.commands import answers, specs
from bot.commands.browsing.commands import WEB
from bot.commands.past.commands import CHART, HISTORY
from bot.commands.personal import words as personal
from bot.commands.spec import Spec
from bot.commands.specs import SPECS
from bot.text import (
    alerts,
    board,
    buttons,
    cards,
    checkout,
    digests,
    notices,
    picks,
    purchases,
    status,
    steering,
    watchlist,
)
from bot.text.chat import outlets, people
from bot.text.draft import Buttons
from bot.text.events import describe_event
from bot.text.markup import product_heading
from bot.text.purchases import approval_buttons, approval_line
from bot.text.taps import prices
from bot.text.taps.alert_buttons import alert_buttons
from config.products import BuyMode, Mode, Tcin
from monitor.model import Stock, StockState
from monitor.target.products import MISSING
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
    Result,
    Resumed,
    Revoked,
    Settled,
    Snoozed,
    Stopped,
    ToConfirm,
    Undone,
    WishesChanged,
)
from purchasing.controls import Remark
from purchasing.events import (
    AccessChanged,
    AskedCommand,
    Blind,
    BoughtProduct,
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
from purchasing.model import ApprovalAnswer, Line, Review, Step, Usage
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.rules.state_machine import HOLDS_SLOT
from tests import strategies as any_of
from tests.builders import AT, PRICE, A, B, C, limits, seconds, tcins
from tests.facts import event, fact

Render = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text, and what has to be in it."""

    text: str
    mode: Mode
    tcins: Sequence[Tcin] = ()
    titles: Sequence[str] = ()
    buttons: Buttons = ()


#: For each function that makes a text: any that it may make.
TEXTS: dict[Render, st.SearchStrategy[Said]] = {}


def every_render() -> set[Render]:
    """All functions of the room that make a text."""
    modules = [import_module(found.name) for found in pkgutil.walk_packages(bot.__path__, "bot.") if _quiet(found.name)]
    found = [(name, value) for module in modules for name, value in vars(module).items()]
    return {value for name, value in found if name.startswith("render_") and _is_ours(value)}


def _quiet(module: str) -> bool:
    """Whether importing it does no more than that."""
    return not module.endswith("__main__")


def _is_ours(value: object) -> bool:
    """Of a text for the chat; a page is another matter."""
    module = getattr(value, "__module__", "")
    return module.startswith("bot.") and not module.startswith("bot.web.")


def _of(render: Render) -> Callable[[Callable[[st.DrawFn], Said]], None]:
    def register(make: Callable[[st.DrawFn], Said]) -> None:
        TEXTS[render] = st.composite(make)()

    return register


modes = st.sampled_from(Mode)
needs = st.none() | st.sampled_from(Need) | any_of.hostile


def _whole(titles: Iterable[str]) -> list[str]:
    """Those that hide nothing."""
    return [title for title in titles if title in any_of.TITLES]


def whole_titles(lines: Iterable[Line]) -> list[str]:
    """The titles that have to be seen as they are: those that hide nothing."""
    return [title for line in lines if (title := line.title) in any_of.TITLES]


def _of_lines(text: str, mode: Mode, lines: Sequence[Line], **more: Any) -> Said:
    return Said(text=text, mode=mode, tcins=[line.tcin for line in lines], titles=whole_titles(lines), **more)


def _title(stock: Stock, name: str | None) -> list[str]:
    return [title for title in [stock.title or name] if title in any_of.TITLES]


# ---- alerts and notices


@_of(alerts.render_alert)
def _alert(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    asked, link = approval_line(restock, UTC), "https://shop.example/p?a=1&b=<2>"
    text = alerts.render_alert(restock, mode=mode, zone=UTC, asked=asked)
    word = alerts.alert_word(restock)
    said = mode if word in {"IN STOCK", "ABOVE CAP", "GONE"} else restock.attempts[-1].mode
    titles = _title(restock.stock, restock.product.name)
    buttons = alert_buttons(restock, link=link, acting=draw(st.booleans()))
    return Said(text=text, mode=said, tcins=[A], titles=titles, buttons=buttons)


@_of(prices.render_price_news)
def _price_news(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    text = prices.render_price_news(line, before=draw(any_of.prices), mode=mode)
    if draw(st.booleans()):
        text = prices.end_price_news(text, line, earlier=PRICE, in_stock=draw(st.booleans()))
    return _of_lines(text, mode, [line], buttons=prices.price_buttons(line, acting=draw(st.booleans())))


@_of(prices.render_price_drop)
def _price_drop(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    text = prices.render_price_drop(restock, "$1,059.99", mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=_title(restock.stock, restock.product.name))


@_of(alerts.render_restocks)
def _restocks(draw: st.DrawFn) -> Said:
    restocks = [draw(any_of.restocks(tcin, most=1)) for tcin in tcins(draw(st.integers(4, 8)))]
    mode = draw(modes)
    titles = [title for one in restocks for title in _title(one.stock, one.product.name)]
    text = alerts.render_restocks(restocks, mode=mode, zone=UTC)
    return Said(text=text, mode=mode, tcins=[one.tcin for one in restocks], titles=titles)


@_of(alerts.render_outcome)
def _outcome(draw: st.DrawFn) -> Said:
    restock = draw(any_of.restocks(A))
    attempt = draw(any_of.attempts(A, [step for step in Step if step not in HOLDS_SLOT]))
    text = alerts.render_outcome(restock, attempt, need=draw(needs), is_left=draw(st.booleans()))
    return Said(text=text, mode=attempt.mode, tcins=[A], titles=_title(restock.stock, restock.product.name))


@_of(alerts.render_unconfirmed)
def _unconfirmed(draw: st.DrawFn) -> Said:
    restock, attempt = draw(any_of.restocks(A)), draw(any_of.attempts(A, [Step.UNCONFIRMED]))
    text = alerts.render_unconfirmed(restock, attempt, need=draw(needs))
    return Said(text=text, mode=attempt.mode, tcins=[A], titles=_title(restock.stock, restock.product.name))


@_of(checkout.render_session_expired)
def _session_expired(draw: st.DrawFn) -> Said:
    mode, expired = draw(modes), SessionExpired(why=draw(any_of.hostile), since=draw(st.none() | any_of.times))
    return Said(text=checkout.render_session_expired(expired, mode=mode, zone=UTC), mode=mode)


@_of(checkout.render_cart_taken)
def _cart_taken(draw: st.DrawFn) -> Said:
    mode, taken = draw(modes), CartTaken(count=draw(st.integers(1, 999)))
    return Said(text=checkout.render_cart_taken(taken, mode=mode), mode=mode)


@_of(checkout.render_cart_not_cleaned)
def _cart_not_cleaned(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    left = CartNotCleaned(attempt=7, tcin=A, why=draw(any_of.hostile))
    text = checkout.render_cart_not_cleaned(left, title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=_whole([title]))


@_of(checkout.render_cart_cleaned)
def _cart_cleaned(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = checkout.render_cart_cleaned(CartCleaned(attempt=7, tcin=A), title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=_whole([title]))


@_of(checkout.render_order_found)
def _order_found(draw: st.DrawFn) -> Said:
    title = draw(any_of.titles)
    found = OrderFound(attempt=7, tcin=A, order_number=draw(any_of.hostile), total=draw(any_of.prices))
    text = checkout.render_order_found(found, title)
    return Said(text=text, mode=Mode.LIVE, tcins=[A], titles=_whole([title]))


@_of(checkout.render_rehearsal)
def _rehearsal(draw: st.DrawFn) -> Said:
    title, count = draw(any_of.titles), draw(st.integers(1, 9))
    review = Review(items={A: count, B: 1}, total=draw(any_of.prices), seller=draw(any_of.maybe_hostile))
    attempt = replace(
        draw(any_of.attempts(A, [Step.REHEARSED, Step.ABANDONED])), mode=Mode.REHEARSE, why=draw(any_of.maybe_hostile)
    )
    told = Rehearsal(
        attempt=attempt,
        acts=(TimedAct(what="into the cart", took=seconds(3), done=draw(st.booleans())),),
        review=draw(st.sampled_from([None, review])),
        picture=None,
        need=draw(needs),
        clean=draw(st.booleans()),
    )
    text = checkout.render_rehearsal(told, title)
    return Said(text=text, mode=Mode.REHEARSE, tcins=[A], titles=_whole([title]))


@_of(notices.render_stop_news)
def _stop_news(draw: st.DrawFn) -> Said:
    mode, cut = draw(modes), draw(_cut_short())
    text = notices.render_stop_news(draw(any_of.hostile), cut, mode=mode)
    return Said(text=text, mode=mode, **_about(cut))


@st.composite
def _cut_short(draw: st.DrawFn) -> CutAttempt | None:
    """The attempt that a stop found, if it found one."""
    title, step = draw(any_of.titles), draw(st.sampled_from([None, *sorted(HOLDS_SLOT)]))
    return None if step is None else CutAttempt(attempt=7, tcin=A, title=title, step=step)


def _about(cut: CutAttempt | None) -> dict[str, Any]:
    return {} if cut is None else {"tcins": [A], "titles": [cut.title]}


@_of(notices.render_rearm_news)
def _rearm_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    passed_over = draw(st.none() | any_of.times)
    return Said(text=notices.render_rearm_news(draw(any_of.hostile), passed_over, mode=mode, zone=UTC), mode=mode)


@_of(notices.render_mode_news)
def _mode_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_mode_news(draw(any_of.hostile), mode=mode), mode=mode)


@_of(notices.render_blind)
def _blind(draw: st.DrawFn) -> Said:
    mode, blind = draw(modes), Blind(why=draw(any_of.maybe_hostile), until=draw(st.sampled_from([None, AT])))
    text = notices.render_blind(blind, mode=mode, zone=UTC, at=AT)
    return Said(text=text, mode=mode)


@_of(notices.render_sighted)
def _sighted(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_sighted(Sighted(lasted_s=draw(st.integers(0, 10**7))), mode=mode), mode=mode)


@_of(notices.render_checks_slow)
def _checks_slow(draw: st.DrawFn) -> Said:
    mode, slow = draw(modes), ChecksSlow(since=AT, took_ms=draw(st.integers(0, 10**9)))
    return Said(text=notices.render_checks_slow(slow, mode=mode), mode=mode)


@_of(notices.render_checks_quick)
def _checks_quick(draw: st.DrawFn) -> Said:
    mode, quick = draw(modes), ChecksQuick(lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_checks_quick(quick, mode=mode), mode=mode)


@_of(digests.render_away)
def _away(draw: st.DrawFn) -> Said:
    mode, titles, others = (
        draw(modes),
        draw(st.lists(any_of.titles, max_size=2)),
        draw(st.lists(any_of.titles, max_size=2)),
    )
    news = CaughtUp(
        away_s=draw(st.integers(0, 10**7)),
        down_s=draw(st.integers(0, 10**7)),
        missed=tuple(MissedRestock(tcin=A, title=title, lasted_s=draw(st.integers(0, 10**6))) for title in titles),
        honoured=tuple(draw(st.lists(_waited(st.none()), max_size=30))),
        refused=tuple(draw(st.lists(_waited(any_of.hostile), max_size=30))),
        in_stock=tuple(MissedRestock(tcin=B, title=title) for title in others),
        in_doubt=draw(st.booleans()),
    )
    text = digests.render_away(news, mode=mode, tells_commands=draw(st.booleans()))
    return Said(text=text, mode=mode, tcins=[*[A] * len(titles), *[B] * len(others)], titles=[*titles, *others])


@_of(digests.render_nudge)
def _nudge(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    text = digests.render_nudge(restock, mode=mode, zone=UTC)
    titles = _title(restock.stock, restock.product.name)
    return Said(text=text, mode=mode, tcins=[A], titles=titles, buttons=approval_buttons(restock))


@_of(digests.render_day)
def _day(draw: st.DrawFn) -> Said:
    mode, title, other, counts = draw(modes), draw(any_of.titles), draw(any_of.titles), st.integers(0, 10**6)
    restocks = RestockedProduct(
        tcin=A, title=title, times=draw(st.integers(1, 99)), open_s=draw(counts), is_open=draw(st.booleans())
    )
    bought = BoughtProduct(tcin=B, title=other, quantity=draw(st.integers(1, 9)), total=draw(any_of.prices))
    day = fact(
        DaySummedUp,
        checks=draw(counts),
        blind_s=draw(counts),
        restocks=(restocks,),
        bought=(bought,),
        failed=draw(counts),
        in_doubt=draw(st.integers(0, 1)),
        practised=draw(counts),
        people=draw(st.integers(0, 9)),
        asked=tuple(draw(st.lists(st.builds(AskedCommand, what=any_of.hostile, times=st.integers(1, 9)), max_size=9))),
    )
    text = digests.render_day(day, mode=mode, zone=UTC)
    return Said(text=text, mode=mode, tcins=[A, B], titles=_whole([title, other]))


# ---- what a chat chose for itself


def _preferences() -> st.SearchStrategy[Preferences]:
    hours = st.builds(QuietHours, begins=st.times(), ends=st.just(time(7)))
    return st.builds(
        Preferences,
        sounds=st.dictionaries(st.sampled_from(NewsKind), st.sampled_from(Sound)),
        muted_until=st.none() | any_of.times,
        quiet=st.none() | hours,
        zone=st.none() | any_of.hostile,
    )


@_of(personal.render_alerts)
def _alerts(draw: st.DrawFn) -> Said:
    mode, chosen = draw(modes), draw(_preferences())
    text = personal.render_alerts(chosen, mode=mode, at=AT, zone=UTC)
    return Said(text=text, mode=mode, buttons=personal.alert_buttons(chosen, AT))


@_of(personal.render_mute)
def _mute(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=personal.render_mute(draw(_preferences()), mode=mode, at=AT, zone=UTC), mode=mode)


@_of(personal.render_quiet)
def _quiet_hours(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=personal.render_quiet(draw(_preferences()), mode=mode, at=AT, zone=UTC), mode=mode)


def _waited(why: st.SearchStrategy[Any]) -> st.SearchStrategy[WaitedCommand]:
    names, ages = st.sampled_from(["buy", "text"]), st.integers(0, 10**7)
    return st.builds(WaitedCommand, what=names, by=any_of.hostile, age_s=ages, why=why)


@_of(notices.render_storage_failed)
def _storage_failed(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    failed = StorageFailed(why=draw(any_of.hostile), since=AT, lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_storage_failed(failed, mode=mode), mode=mode)


@_of(notices.render_storage_displaced)
def _storage_displaced(draw: st.DrawFn) -> Said:
    mode, displaced = draw(modes), StorageDisplaced(why=draw(any_of.hostile))
    return Said(text=notices.render_storage_displaced(displaced, mode=mode), mode=mode)


@_of(notices.render_restored)
def _restored(draw: st.DrawFn) -> Said:
    mode, made = draw(modes), draw(st.none() | st.just(AT))
    restored = Restored(restored_at=AT, backup_at=made, last_seq=7)
    return Said(text=notices.render_restored(restored, mode=mode, zone=UTC), mode=mode)


@_of(outlets.render_outlet_failed)
def _outlet_failed(draw: st.DrawFn) -> Said:
    mode, failed = draw(modes), OutletFailed(outlet=draw(any_of.hostile), since=AT, why=draw(any_of.hostile))
    return Said(text=outlets.render_outlet_failed(failed, mode=mode, zone=UTC), mode=mode)


@_of(outlets.render_outlet_back)
def _outlet_back(draw: st.DrawFn) -> Said:
    mode, back = draw(modes), OutletBack(outlet=draw(any_of.hostile), lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=outlets.render_outlet_back(back, mode=mode), mode=mode)


@_of(outlets.render_refused)
def _refused_by_outlet(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=outlets.render_refused(AT, mode=mode, zone=UTC), mode=mode)


@_of(outlets.render_backlog)
def _backlog(draw: st.DrawFn) -> Said:
    mode, lines = draw(modes), st.lists(any_of.titles.map(product_line), max_size=20).map(tuple)
    outcomes, others = draw(lines), draw(lines)
    count = len(outcomes) + len(others) + draw(st.integers(0, 1000))
    backlog = outlets.Backlog(since=AT, until=AT + seconds(60), count=count, outcomes=outcomes, others=others)
    return Said(text=outlets.render_backlog(backlog, mode=mode, zone=UTC), mode=mode)


def product_line(title: str) -> str:
    return f"22 Nov 14:03: {product_heading(title, A)}"


@_of(notices.render_storage_back)
def _storage_back(draw: st.DrawFn) -> Said:
    mode, back = draw(modes), StorageBack(lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_storage_back(back, mode=mode), mode=mode)


@_of(notices.render_emptied_watchlist)
def _emptied_watchlist(draw: st.DrawFn) -> Said:
    mode, removed = draw(modes), draw(st.lists(st.just(A), min_size=1, max_size=9))
    return Said(text=notices.render_emptied_watchlist(removed, mode=mode), mode=mode)


@_of(notices.render_note)
def _note(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_note(draw(any_of.hostile), mode=mode), mode=mode)


@_of(notices.render_untold)
def _untold(draw: st.DrawFn) -> Said:
    mode, kind = draw(modes), draw(any_of.hostile)
    happened = Event(seq=7, at=AT, fact=UnknownFact(kind=kind, raw="{}"))
    return Said(text=notices.render_untold(happened, mode=mode), mode=mode)


@_of(notices.render_watchlist_trouble)
def _watchlist_trouble(draw: st.DrawFn) -> Said:
    mode, problems = draw(modes), draw(st.lists(any_of.hostile, max_size=30))
    return Said(text=notices.render_watchlist_trouble(problems, mode=mode), mode=mode)


@_of(notices.render_pause_news)
def _pause_news(draw: st.DrawFn) -> Said:
    mode, until = draw(modes), draw(st.sampled_from([None, AT]))
    return Said(text=notices.render_pause_news(draw(any_of.hostile), until, mode=mode, zone=UTC), mode=mode)


@_of(notices.render_resume_news)
def _resume_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_resume_news(draw(any_of.hostile), mode=mode), mode=mode)


@_of(notices.render_still_held)
def _still_held(draw: st.DrawFn) -> Said:
    mode, what = draw(modes), draw(st.sampled_from([Control.PAUSE, Control.STOP]))
    held = fact(StillHeld, what=what)
    return Said(text=notices.render_still_held(held, draw(any_of.hostile), at=AT, mode=mode, zone=UTC), mode=mode)


@_of(people.render_access_news)
def _access_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    changed = fact(
        AccessChanged,
        role=draw(st.none() | any_of.hostile),
        by=draw(st.sampled_from(["1002", "1001"])),
        invited_by=draw(st.sampled_from([None, "1001", "console"])),
    )
    text = people.render_access_news(changed, draw(any_of.hostile), draw(any_of.hostile), mode=mode)
    return Said(text=text, mode=mode, buttons=people.access_buttons(changed))


@_of(notices.render_unread)
def _unread(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    products = (UnreadProduct(tcin=A, title=title, why=draw(any_of.hostile)),)
    text = notices.render_unread(ProductsUnread(products=products), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@_of(notices.render_delisted)
def _delisted(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = notices.render_delisted(ProductsDelisted(products=(NamedProduct(tcin=A, title=title),)), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@_of(notices.render_listed)
def _listed(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = notices.render_listed(ProductsListed(products=(NamedProduct(tcin=A, title=title),)), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@_of(notices.render_variations)
def _variations(draw: st.DrawFn) -> Said:
    mode, title, other = draw(modes), draw(any_of.titles), draw(any_of.maybe_hostile)
    children = (Variation(tcin=B, title=title), Variation(tcin=C, title=other))
    learned = fact(ProductLearned, tcin=A, title=title, children=children)
    text, made = notices.render_variations(learned, mode=mode), notices.variation_buttons(learned)
    return Said(text=text, mode=mode, tcins=[A, B, C], titles=[title], buttons=made)


@_of(purchases.render_limit)
def _limit(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.maybe_hostile)
    text = purchases.render_limit(fact(LimitReached, tcin=A, why=draw(any_of.hostile)), title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title] if title in any_of.TITLES else [])


# ---- the board


@_of(board.render_board)
def _board(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    cycle = fact(CycleCompleted, failed=draw(any_of.maybe_hostile))
    text = board.render_board(overview, cycle, at=AT, zone=UTC, ended=draw(st.booleans()))
    return Said(text=text, mode=overview.controls.mode, tcins=[line.tcin for line in overview.lines])


@_of(board.render_old_board)
def _old_board(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=board.render_old_board(mode), mode=mode)


# ---- answers


@_of(status.render_status)
def _status(draw: st.DrawFn) -> Said:
    overview, reasons = draw(any_of.overviews()), draw(st.lists(any_of.hostile, max_size=20))
    unsent = draw(st.integers(0, 9))
    held = draw(st.none() | any_of.told_products(A))
    text = status.render_status(overview, reasons, unsent=unsent, held=held, at=AT, zone=UTC)
    return _of_lines(text, overview.controls.mode, [held] if held and overview.slot else [])


@_of(purchases.render_slot)
def _slot(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    held = draw(any_of.told_products(A))
    return _of_lines(
        purchases.render_slot(overview, held=held, at=AT), overview.controls.mode, [held] if overview.slot else []
    )


@_of(watchlist.render_list)
def _list(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews(most=40))
    page, in_stock = draw(st.integers(1, 6)), draw(st.booleans())
    text, made = watchlist.render_list(overview, page=page, in_stock=in_stock, at=AT)
    held = [line for line in overview.lines if line.stock.state is StockState.IN_STOCK]
    listed = held if in_stock else overview.lines
    first = (min(page, buttons.count_pages(len(listed))) - 1) * buttons.PAGE
    return _of_lines(text, overview.controls.mode, listed[first : first + buttons.PAGE], buttons=made)


@_of(picks.render_pick)
def _pick(draw: st.DrawFn) -> Said:
    lines = draw(any_of.overviews(most=40)).lines
    name, mode = draw(st.sampled_from(["show", "set", "buy", "remove"])), draw(modes)
    words, rest = draw(any_of.hostile), draw(any_of.hostile)
    text, made = picks.render_pick(name, lines, words=words, rest=rest, page=draw(st.integers(0, 9)), mode=mode)
    return Said(text=text, mode=mode, buttons=made)


@_of(picks.render_choices)
def _choices(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    rest = draw(st.just("") | any_of.hostile)
    text, made = picks.render_choices(line, rest=rest, mode=mode)
    return _of_lines(text, mode, [line], buttons=made)


@_of(picks.render_places)
def _places(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    of = draw(st.integers(1, 200))
    text, made = picks.render_places(line, draw(st.integers(1, of)), of, mode=mode)
    return _of_lines(text, mode, [line], buttons=made)


@_of(cards.render_card)
def _card(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    remark = draw(st.none() | st.builds(Remark, why=any_of.hostile | st.just(MISSING), unread=st.booleans()))
    undo = draw(st.sampled_from([None, "a" * 16]))
    text, made = cards.render_card(replace(line, remark=remark), is_read=draw(st.booleans()), undo=undo, mode=mode)
    return _of_lines(text, mode, [line], buttons=made)


@_of(cards.render_gone_card)
def _gone_card(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=cards.render_gone_card(A, mode=mode), mode=mode, tcins=[A])


@_of(watchlist.render_unwatched)
def _unwatched(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    text, made = watchlist.render_unwatched(A, may_add=draw(st.booleans()), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], buttons=made)


@_of(watchlist.render_show)
def _show(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    restocks, told = draw(st.lists(any_of.restocks(A, most=2), max_size=5)), draw(_journal(most=5))
    return _of_lines(
        watchlist.render_show(
            line, restocks, told, seen_at=draw(st.sampled_from([None, AT])), mode=mode, at=AT, zone=UTC
        ),
        mode,
        [line],
    )


@_of(watchlist.render_why)
def _why(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    reasons = draw(st.lists(any_of.hostile, max_size=6))
    return _of_lines(watchlist.render_why(line, reasons, draw(_journal(most=5)), mode=mode), mode, [line])


@_of(answers.render_start)
def _start(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    made = draw(st.sampled_from([buttons.words_below, buttons.start_buttons]))(may_stop=draw(st.booleans()))
    joined = draw(st.none() | st.builds(people.Joined, by=st.none() | any_of.hostile))
    text = answers.render_start(draw(st.sampled_from(Role)), overview, joined=joined)
    return Said(text=text, mode=overview.controls.mode, buttons=made)


@_of(answers.render_help)
def _help(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_help(SPECS, mode=mode), mode=mode)


@_of(answers.render_help_on)
def _help_on(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_help_on(draw(st.sampled_from(SPECS)), mode=mode), mode=mode)


@_of(status.render_health)
def _health(draw: st.DrawFn) -> Said:
    mode, reasons = draw(modes), draw(st.lists(any_of.hostile, max_size=20))
    return Said(text=status.render_health("degraded", reasons, mode=mode), mode=mode)


def _journal(most: int) -> st.SearchStrategy[list[str]]:
    """Lines as the chronicle tells them."""
    events = any_of.hostile.map(lambda why: event(fact(Blind, why=why)))
    lines = events.map(lambda one: describe_event(one, UTC) or "")
    return st.lists(lines, max_size=most)


@_of(status.render_log)
def _log(draw: st.DrawFn) -> Said:
    mode, told = draw(modes), draw(_journal(most=5))
    return Said(text=status.render_log(told * draw(st.sampled_from([1, 40])), mode=mode), mode=mode)


@_of(purchases.render_orders)
def _orders(draw: st.DrawFn) -> Said:
    mode, attempts = draw(modes), draw(st.lists(any_of.attempts(A), max_size=60))
    line = draw(any_of.told_products(A))
    text = purchases.render_orders(attempts, {A: line}, mode=mode, zone=UTC)
    return _of_lines(text, mode, [line] if attempts else [])


@_of(purchases.render_spend)
def _spend(draw: st.DrawFn) -> Said:
    mode, most = draw(modes), draw(any_of.prices)
    return Said(text=purchases.render_spend(Usage(), limits(max_spend_per_day=most), mode=mode), mode=mode)


@_of(status.render_version)
def _version(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=status.render_version("0.1.0", draw(st.sampled_from([None, AT])), mode=mode, at=AT), mode=mode)


@_of(answers.render_users)
def _users(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    names = draw(st.dictionaries(st.integers(1, 300), any_of.hostile, max_size=5))
    roles = dict.fromkeys(range(1, draw(st.integers(1, 300))), Role.VIEWER)
    return Said(text=answers.render_users(roles, names, [-1001, -1002], mode=mode), mode=mode)


@_of(answers.render_unknown)
def _unknown(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    text = answers.render_unknown(draw(any_of.hostile), draw(st.sampled_from([None, "stop"])), mode=mode)
    return Said(text=text, mode=mode)


@_of(answers.render_elsewhere)
def _elsewhere(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_elsewhere(draw(any_of.hostile), mode=mode), mode=mode)


@_of(answers.render_refusal)
def _refusal(draw: st.DrawFn) -> Said:
    mode, what = draw(modes), draw(st.sampled_from([None, *(spec.name for spec in SPECS)]))
    about = [draw(any_of.told_products(tcin)) for tcin in (A, B)]
    return _of_lines(answers.render_refusal(what, draw(any_of.hostile), about, mode=mode), mode, about)


@_of(steering.render_question)
def _question(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=steering.render_question(draw(any_of.hostile), mode=mode), mode=mode)


@_of(steering.render_to_confirm)
def _to_confirm(draw: st.DrawFn) -> Said:
    mode, what = draw(modes), draw(st.sampled_from(["rearm", "mode live"]))
    clocks = draw(st.none() | st.builds(Clocks, journal=any_of.times, present=any_of.times))
    asked = ToConfirm(what=what, code="1234", clocks=clocks)
    terms = draw(st.none() | _terms())
    return Said(text=steering.render_to_confirm(asked, mode=mode, zone=UTC, terms=terms), mode=mode)


def _terms() -> st.SearchStrategy[steering.ModeTerms]:
    most = any_of.prices.map(lambda most: limits(max_spend_per_day=most))
    return st.builds(
        steering.ModeTerms,
        chosen=modes,
        limits=most,
        usage=st.just(Usage()),
        session_at=st.none() | any_of.times,
        lapsed=st.none() | any_of.hostile,
        in_cart=st.integers(0, 999),
        buys=st.lists(st.sampled_from(BuyMode)),
    )


def _refused(draw: st.DrawFn) -> tuple[RefusedWord, ...]:
    pairs = draw(st.lists(st.tuples(any_of.hostile, any_of.hostile), max_size=20))
    return tuple(RefusedWord(word=word, why=why) for word, why in pairs)


def _looked_back(draw: st.DrawFn) -> LookedBack:
    counts, lengths = st.integers(0, 10**4), st.integers(0, 10**7)
    restock = st.builds(
        PastRestock,
        opened_at=st.just(AT),
        closed_at=st.sampled_from([None, AT + seconds(90)]),
        price=any_of.prices,
        step=st.sampled_from([None, *Step]),
        mode=modes,
    )
    came = st.builds(
        RestockedProduct,
        tcin=st.just(B),
        title=any_of.titles,
        times=st.integers(1, 99),
        open_s=lengths,
        is_open=st.booleans(),
    )
    return LookedBack(
        tcin=A,
        days=draw(st.sampled_from(Reach)),
        at=AT,
        restocks=draw(counts),
        open_s=draw(lengths),
        seen_s=draw(lengths),
        unknown_s=draw(lengths),
        in_week=draw(counts),
        in_month=draw(counts),
        last=tuple(draw(st.lists(restock, max_size=5))),
        hours=tuple(draw(st.lists(st.builds(BusyHour, hour=st.integers(0, 23), times=counts), max_size=3))),
        lowest=draw(any_of.prices),
        highest=draw(any_of.prices),
        products=tuple(draw(st.lists(came, max_size=12))),
        more=draw(counts),
    )


#: For each command that changes something: what it may leave behind for its reply, of products A and B.
RESULTS: dict[Spec, Callable[[st.DrawFn], Result]] = {
    specs.ADD: lambda draw: Added(added=(A,), there=(B,), refused=_refused(draw)),
    specs.REMOVE: lambda draw: Removed(removed=(A, B), refused=_refused(draw)),
    specs.SET: lambda _: WishesChanged(tcin=A, keys=("max_price",)),
    specs.MOVE: lambda _: PlaceChanged(tcin=A, place=1, of=2),
    specs.UNDO: lambda _: Undone(absent=(A,), present=(B,)),
    specs.PAUSE: lambda draw: Paused(tcin=A, until=draw(st.sampled_from([None, AT + seconds(10**6)]))),
    specs.RESUME: lambda draw: Resumed(tcin=A, stopped=draw(any_of.maybe_hostile), paused=draw(st.booleans())),
    specs.REFRESH: lambda _: Done(),
    specs.STOP: lambda draw: Stopped(already=draw(any_of.maybe_hostile), cut=draw(_cut_short())),
    specs.BUY: lambda _: Answered(tcin=A, answer=ApprovalAnswer.BUY),
    specs.SKIP: lambda _: Answered(tcin=A, answer=ApprovalAnswer.SKIP),
    specs.SETTLE: lambda draw: Settled(tcin=A, attempt=7, bought=draw(st.booleans())),
    specs.REARM: lambda _: Done(),
    specs.MODE: lambda _: ModeChosen(mode=Mode.SIMULATE),
    specs.CANCEL: lambda _: Cancelled(tcin=A, attempt=7),
    specs.DRILL: lambda _: Done(),
    specs.INVITE: lambda draw: Invited(
        role=draw(st.sampled_from(["viewer", "operator", "owner"])),
        code="ABCD2345",
        link=draw(st.sampled_from([None, "https://t.me/stockbell_bot?start=ABCD2345"])),
        until=draw(st.sampled_from([None, AT])),
    ),
    specs.UNINVITE: lambda _: Done(),
    specs.DISMISS: lambda draw: Snoozed(what=Control.PAUSE, until=AT) if draw(st.booleans()) else Done(),
    WEB: lambda draw: PageLinked(
        url="https://bell.example/sign-in/ABCDEFGH",
        until=draw(st.sampled_from([None, AT])),
        only_here=draw(st.booleans()),
    ),
    specs.REVOKE: lambda draw: Revoked(user=1002, browsers=draw(st.integers(0, 20))),
    specs.AUDIT: lambda draw: Audited(
        events=5120,
        cycles=1284,
        attempts=draw(st.integers(0, 2)),
        moves=40,
        orders=1,
        findings=tuple(draw(st.lists(any_of.hostile, max_size=5))),
        found=draw(st.integers(0, 5000)),
        compacted_to=draw(st.sampled_from([None, AT])),
    ),
    HISTORY: _looked_back,
    CHART: lambda draw: Charted(
        picture="94734932-7d-0.png",
        tcin=A,
        days=draw(st.sampled_from(Reach)),
        restocks=draw(st.integers(0, 10**4)),
        open_s=draw(st.integers(0, 10**7)),
        seen_s=draw(st.integers(0, 10**7)),
    ),
    specs.CLEARLOG: lambda draw: LogCleared(is_hidden=draw(st.booleans())),
    specs.TEXT: lambda draw: Mentioned(tcins=tcins(draw(st.integers(0, 9)))),
    specs.LINKS: lambda draw: Mentioned(
        tcins=tcins(draw(st.integers(0, 30))), there=tcins(draw(st.integers(0, 30))), may_add=draw(st.booleans())
    ),
    specs.DECLINE: lambda _: Done(),
}
_SPEAK_OF = (
    dict.fromkeys((specs.ADD, specs.REMOVE, specs.UNDO), (A, B))
    | dict.fromkeys(
        (specs.SET, specs.MOVE, specs.PAUSE, specs.RESUME, specs.CANCEL, specs.BUY, specs.SKIP, specs.SETTLE), (A,)
    )
    | dict.fromkeys((HISTORY, CHART), (A,))
)


@_of(answers.render_change)
def _change(draw: st.DrawFn) -> Said:
    mode, spec = draw(modes), draw(st.sampled_from([*RESULTS, specs.PRESS]))
    known = [draw(any_of.told_products(tcin)) for tcin in (A, B)]
    result = RESULTS[spec](draw) if spec in RESULTS else Done()
    text = answers.render_change(spec, result, known, mode=mode, zone=UTC)
    return _of_lines(text, mode, [line for line in known if line.tcin in _SPEAK_OF.get(spec, ())])
