"""What is told of restocks, purchases and what people steer, with whatever people and shops may say."""

from dataclasses import replace
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from bot.text import alerts, checkout, digests, notices, purchases
from bot.text.chat import people
from bot.text.purchases import approval_buttons, approval_line
from bot.text.taps import prices
from bot.text.taps.alert_buttons import alert_buttons
from config.products import Mode
from purchasing.events import (
    AccessChanged,
    CartCleaned,
    CartNotCleaned,
    CartTaken,
    Control,
    CutAttempt,
    LimitReached,
    OrderFound,
    SessionExpired,
    StillHeld,
)
from purchasing.model import Review, Step
from purchasing.rehearsal import Rehearsal, TimedAct
from purchasing.rules.state_machine import HOLDS_SLOT
from tests import strategies as any_of
from tests.builders import AT, PRICE, A, B, seconds, tcins
from tests.facts import fact
from tests.unit.bot.said import Said, Texts, modes, needs, of_lines, whole, whole_title

TEXTS = Texts()


# ---- restocks and purchases


@TEXTS.of(alerts.render_alert)
def _alert(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    asked, link = approval_line(restock, UTC), "https://shop.example/p?a=1&b=<2>"
    text = alerts.render_alert(restock, mode=mode, zone=UTC, asked=asked)
    word = alerts.alert_word(restock)
    said = mode if word in {"IN STOCK", "ABOVE CAP", "GONE"} else restock.attempts[-1].mode
    titles = whole_title(restock.stock, restock.product.name)
    buttons = alert_buttons(restock, link=link, acting=draw(st.booleans()))
    return Said(text=text, mode=said, tcins=[A], titles=titles, buttons=buttons)


@TEXTS.of(prices.render_price_news)
def _price_news(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    text = prices.render_price_news(line, before=draw(any_of.prices), mode=mode)
    if draw(st.booleans()):
        text = prices.end_price_news(text, line, earlier=PRICE, in_stock=draw(st.booleans()))
    return of_lines(text, mode, [line], buttons=prices.price_buttons(line, acting=draw(st.booleans())))


@TEXTS.of(prices.render_price_drop)
def _price_drop(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    text = prices.render_price_drop(restock, "$1,059.99", mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=whole_title(restock.stock, restock.product.name))


@TEXTS.of(alerts.render_restocks)
def _restocks(draw: st.DrawFn) -> Said:
    restocks = [draw(any_of.restocks(tcin, most=1)) for tcin in tcins(draw(st.integers(4, 8)))]
    mode = draw(modes)
    titles = [title for one in restocks for title in whole_title(one.stock, one.product.name)]
    text = alerts.render_restocks(restocks, mode=mode, zone=UTC)
    return Said(text=text, mode=mode, tcins=[one.tcin for one in restocks], titles=titles)


@TEXTS.of(alerts.render_outcome)
def _outcome(draw: st.DrawFn) -> Said:
    restock = draw(any_of.restocks(A))
    attempt = draw(any_of.attempts(A, [step for step in Step if step not in HOLDS_SLOT]))
    text = alerts.render_outcome(restock, attempt, need=draw(needs), is_left=draw(st.booleans()))
    return Said(text=text, mode=attempt.mode, tcins=[A], titles=whole_title(restock.stock, restock.product.name))


@TEXTS.of(alerts.render_unconfirmed)
def _unconfirmed(draw: st.DrawFn) -> Said:
    restock, attempt = draw(any_of.restocks(A)), draw(any_of.attempts(A, [Step.UNCONFIRMED]))
    text = alerts.render_unconfirmed(restock, attempt, need=draw(needs))
    return Said(text=text, mode=attempt.mode, tcins=[A], titles=whole_title(restock.stock, restock.product.name))


@TEXTS.of(checkout.render_session_expired)
def _session_expired(draw: st.DrawFn) -> Said:
    mode, expired = draw(modes), SessionExpired(why=draw(any_of.hostile), since=draw(st.none() | any_of.times))
    return Said(text=checkout.render_session_expired(expired, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(checkout.render_cart_taken)
def _cart_taken(draw: st.DrawFn) -> Said:
    mode, taken = draw(modes), CartTaken(count=draw(st.integers(1, 999)))
    return Said(text=checkout.render_cart_taken(taken, mode=mode), mode=mode)


@TEXTS.of(checkout.render_cart_not_cleaned)
def _cart_not_cleaned(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    left = CartNotCleaned(attempt=7, tcin=A, why=draw(any_of.hostile))
    text = checkout.render_cart_not_cleaned(left, title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=whole([title]))


@TEXTS.of(checkout.render_cart_cleaned)
def _cart_cleaned(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.titles)
    text = checkout.render_cart_cleaned(CartCleaned(attempt=7, tcin=A), title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=whole([title]))


@TEXTS.of(checkout.render_order_found)
def _order_found(draw: st.DrawFn) -> Said:
    title = draw(any_of.titles)
    found = OrderFound(attempt=7, tcin=A, order_number=draw(any_of.hostile), total=draw(any_of.prices))
    text = checkout.render_order_found(found, title)
    return Said(text=text, mode=Mode.LIVE, tcins=[A], titles=whole([title]))


@TEXTS.of(checkout.render_rehearsal)
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
    return Said(text=text, mode=Mode.REHEARSE, tcins=[A], titles=whole([title]))


@TEXTS.of(digests.render_nudge)
def _nudge(draw: st.DrawFn) -> Said:
    restock, mode = draw(any_of.restocks(A)), draw(modes)
    text = digests.render_nudge(restock, mode=mode, zone=UTC)
    titles = whole_title(restock.stock, restock.product.name)
    return Said(text=text, mode=mode, tcins=[A], titles=titles, buttons=approval_buttons(restock))


# ---- what people steer


@TEXTS.of(notices.render_stop_news)
def _stop_news(draw: st.DrawFn) -> Said:
    mode, cut = draw(modes), draw(cut_short())
    text = notices.render_stop_news(draw(any_of.hostile), cut, mode=mode)
    return Said(text=text, mode=mode, **_about(cut))


@st.composite
def cut_short(draw: st.DrawFn) -> CutAttempt | None:
    """The attempt that a stop found, if it found one."""
    title, step = draw(any_of.titles), draw(st.sampled_from([None, *sorted(HOLDS_SLOT)]))
    return None if step is None else CutAttempt(attempt=7, tcin=A, title=title, step=step)


def _about(cut: CutAttempt | None) -> dict[str, Any]:
    return {} if cut is None else {"tcins": [A], "titles": [cut.title]}


@TEXTS.of(notices.render_rearm_news)
def _rearm_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    passed_over = draw(st.none() | any_of.times)
    return Said(text=notices.render_rearm_news(draw(any_of.hostile), passed_over, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(notices.render_mode_news)
def _mode_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_mode_news(draw(any_of.hostile), mode=mode), mode=mode)


@TEXTS.of(notices.render_pause_news)
def _pause_news(draw: st.DrawFn) -> Said:
    mode, until = draw(modes), draw(st.sampled_from([None, AT]))
    return Said(text=notices.render_pause_news(draw(any_of.hostile), until, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(notices.render_resume_news)
def _resume_news(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=notices.render_resume_news(draw(any_of.hostile), mode=mode), mode=mode)


@TEXTS.of(notices.render_still_held)
def _still_held(draw: st.DrawFn) -> Said:
    mode, what = draw(modes), draw(st.sampled_from([Control.PAUSE, Control.STOP]))
    held = fact(StillHeld, what=what)
    return Said(text=notices.render_still_held(held, draw(any_of.hostile), at=AT, mode=mode, zone=UTC), mode=mode)


@TEXTS.of(people.render_access_news)
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


@TEXTS.of(purchases.render_limit)
def _limit(draw: st.DrawFn) -> Said:
    mode, title = draw(modes), draw(any_of.maybe_hostile)
    text = purchases.render_limit(fact(LimitReached, tcin=A, why=draw(any_of.hostile)), title, mode=mode)
    return Said(text=text, mode=mode, tcins=[A], titles=[title] if title in any_of.TITLES else [])
