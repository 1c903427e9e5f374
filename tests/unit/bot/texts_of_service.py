"""What is told of the shop, the watch list and the service itself, with whatever people and shops may say."""

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from bot.text import digests, notices
from bot.text.chat import outlets
from bot.text.markup import product_heading
from purchasing.events import (
    AskedCommand,
    Blind,
    BoughtProduct,
    CaughtUp,
    ChecksQuick,
    ChecksSlow,
    DaySummedUp,
    Event,
    MissedRestock,
    NamedProduct,
    OutletBack,
    OutletFailed,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    RestockedProduct,
    Restored,
    Sighted,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
    UnknownFact,
    UnreadProduct,
    Variation,
    WaitedCommand,
)
from tests import strategies as any_of
from tests.builders import AT, A, B, C, seconds
from tests.facts import fact
from tests.unit.bot.said import Said, Texts, modes, whole

TEXTS = Texts()


# ---- the shop and the watch list


@TEXTS.of(notices.render_blind)
def _blind(draw: st.DrawFn) -> Said:
    mode, blind = draw(modes), Blind(why=draw(any_of.maybe_hostile), until=draw(st.sampled_from([None, AT])))
    text = notices.render_blind(blind, mode=mode, zone=UTC, at=AT)
    return Said(text=text, mode=mode)


@TEXTS.of(notices.render_sighted)
def _sighted(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_sighted(Sighted(lasted_s=draw(st.integers(0, 10**7))), mode=mode), mode=mode)


@TEXTS.of(notices.render_checks_slow)
def _checks_slow(draw: st.DrawFn) -> Said:
    mode, slow = draw(modes), ChecksSlow(since=AT, took_ms=draw(st.integers(0, 10**9)))
    return Said(text=notices.render_checks_slow(slow, mode=mode), mode=mode)


@TEXTS.of(notices.render_checks_quick)
def _checks_quick(draw: st.DrawFn) -> Said:
    mode, quick = draw(modes), ChecksQuick(lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_checks_quick(quick, mode=mode), mode=mode)


@TEXTS.of(notices.render_emptied_watchlist)
def _emptied_watchlist(draw: st.DrawFn) -> Said:
    mode, removed = draw(modes), draw(st.lists(st.just(A), min_size=1, max_size=9))
    return Said(text=notices.render_emptied_watchlist(removed, mode=mode), mode=mode)


@TEXTS.of(notices.render_note)
def _note(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_note(draw(any_of.hostile), mode=mode), mode=mode)


@TEXTS.of(notices.render_watchlist_trouble)
def _watchlist_trouble(draw: st.DrawFn) -> Said:
    mode, problems = draw(modes), draw(st.lists(any_of.hostile, max_size=30))
    return Said(text=notices.render_watchlist_trouble(problems, mode=mode), mode=mode)


@TEXTS.of(notices.render_unread)
def _unread(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    products = (UnreadProduct(tcin=A, title=title, why=draw(any_of.hostile)),)
    text = notices.render_unread(ProductsUnread(products=products), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@TEXTS.of(notices.render_delisted)
def _delisted(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = notices.render_delisted(ProductsDelisted(products=(NamedProduct(tcin=A, title=title),)), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@TEXTS.of(notices.render_listed)
def _listed(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = notices.render_listed(ProductsListed(products=(NamedProduct(tcin=A, title=title),)), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title])


@TEXTS.of(notices.render_variations)
def _variations(draw: st.DrawFn) -> Said:
    mode, title, other = draw(modes), draw(any_of.titles), draw(any_of.maybe_hostile)
    children = (Variation(tcin=B, title=title), Variation(tcin=C, title=other))
    learned = fact(ProductLearned, tcin=A, title=title, children=children)
    text, made = notices.render_variations(learned, mode=mode), notices.variation_buttons(learned)
    return Said(text=text, mode=mode, tcins=[A, B, C], titles=[title], buttons=made)


# ---- the service


def _waited(why: st.SearchStrategy[Any]) -> st.SearchStrategy[WaitedCommand]:
    names, ages = st.sampled_from(["buy", "text"]), st.integers(0, 10**7)
    return st.builds(WaitedCommand, what=names, by=any_of.hostile, age_s=ages, why=why)


@TEXTS.of(digests.render_away)
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


@TEXTS.of(digests.render_day)
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
    return Said(text=text, mode=mode, tcins=[A, B], titles=whole([title, other]))


@TEXTS.of(notices.render_untold)
def _untold(draw: st.DrawFn) -> Said:
    mode, kind = draw(modes), draw(any_of.hostile)
    happened = Event(seq=7, at=AT, fact=UnknownFact(kind=kind, raw="{}"))
    return Said(text=notices.render_untold(happened, mode=mode), mode=mode)


@TEXTS.of(notices.render_storage_failed)
def _storage_failed(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    failed = StorageFailed(why=draw(any_of.hostile), since=AT, lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_storage_failed(failed, mode=mode), mode=mode)


@TEXTS.of(notices.render_storage_displaced)
def _storage_displaced(draw: st.DrawFn) -> Said:
    mode, displaced = draw(modes), StorageDisplaced(why=draw(any_of.hostile))
    return Said(text=notices.render_storage_displaced(displaced, mode=mode), mode=mode)


@TEXTS.of(notices.render_storage_back)
def _storage_back(draw: st.DrawFn) -> Said:
    mode, back = draw(modes), StorageBack(lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=notices.render_storage_back(back, mode=mode), mode=mode)


@TEXTS.of(notices.render_restored)
def _restored(draw: st.DrawFn) -> Said:
    mode, made = draw(modes), draw(st.none() | st.just(AT))
    restored = Restored(restored_at=AT, backup_at=made, last_seq=7)
    return Said(text=notices.render_restored(restored, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(outlets.render_outlet_failed)
def _outlet_failed(draw: st.DrawFn) -> Said:
    mode, failed = draw(modes), OutletFailed(outlet=draw(any_of.hostile), since=AT, why=draw(any_of.hostile))
    return Said(text=outlets.render_outlet_failed(failed, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(outlets.render_outlet_back)
def _outlet_back(draw: st.DrawFn) -> Said:
    mode, back = draw(modes), OutletBack(outlet=draw(any_of.hostile), lasted_s=draw(st.integers(0, 10**7)))
    return Said(text=outlets.render_outlet_back(back, mode=mode), mode=mode)


@TEXTS.of(outlets.render_refused)
def _refused_by_outlet(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=outlets.render_refused(AT, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(outlets.render_backlog)
def _backlog(draw: st.DrawFn) -> Said:
    mode, lines = draw(modes), st.lists(any_of.titles.map(product_line), max_size=20).map(tuple)
    outcomes, others = draw(lines), draw(lines)
    count = len(outcomes) + len(others) + draw(st.integers(0, 1000))
    backlog = outlets.Backlog(since=AT, until=AT + seconds(60), count=count, outcomes=outcomes, others=others)
    return Said(text=outlets.render_backlog(backlog, mode=mode, zone=UTC), mode=mode)


def product_line(title: str) -> str:
    return f"22 Nov 14:03: {product_heading(title, A)}"
