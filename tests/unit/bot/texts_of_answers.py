"""What questions are answered with, with whatever people and shops may say."""

from dataclasses import replace
from datetime import UTC, time

from hypothesis import strategies as st

from bot.access.preferences import NewsKind, Preferences, QuietHours, Sound
from bot.access.roles import Role
from bot.commands import answers
from bot.commands.personal import words as personal
from bot.commands.specs import SPECS
from bot.text import board, buttons, cards, picks, purchases, status, steering, watchlist
from bot.text.chat import people
from bot.text.events import describe_event
from config.products import BuyMode
from monitor.model import StockState
from monitor.target.products import MISSING
from purchasing.commands import Clocks, ToConfirm
from purchasing.controls import Remark
from purchasing.events import Blind, CycleCompleted
from purchasing.model import Usage
from tests import strategies as any_of
from tests.builders import AT, A, B, limits
from tests.facts import event, fact
from tests.unit.bot.said import Said, Texts, modes, of_lines

TEXTS = Texts()


# ---- the board


@TEXTS.of(board.render_board)
def _board(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    cycle = fact(CycleCompleted, failed=draw(any_of.maybe_hostile))
    text = board.render_board(overview, cycle, at=AT, zone=UTC, ended=draw(st.booleans()))
    return Said(text=text, mode=overview.controls.mode, tcins=[line.tcin for line in overview.lines])


@TEXTS.of(board.render_old_board)
def _old_board(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=board.render_old_board(mode), mode=mode)


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


@TEXTS.of(personal.render_alerts)
def _alerts(draw: st.DrawFn) -> Said:
    mode, chosen = draw(modes), draw(_preferences())
    text = personal.render_alerts(chosen, mode=mode, at=AT, zone=UTC)
    return Said(text=text, mode=mode, buttons=personal.alert_buttons(chosen, AT))


@TEXTS.of(personal.render_mute)
def _mute(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=personal.render_mute(draw(_preferences()), mode=mode, at=AT, zone=UTC), mode=mode)


@TEXTS.of(personal.render_quiet)
def _quiet_hours(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=personal.render_quiet(draw(_preferences()), mode=mode, at=AT, zone=UTC), mode=mode)


# ---- answers


@TEXTS.of(status.render_status)
def _status(draw: st.DrawFn) -> Said:
    overview, reasons = draw(any_of.overviews()), draw(st.lists(any_of.hostile, max_size=20))
    unsent = draw(st.integers(0, 9))
    held = draw(st.none() | any_of.told_products(A))
    text = status.render_status(overview, reasons, unsent=unsent, held=held, at=AT, zone=UTC)
    return of_lines(text, overview.controls.mode, [held] if held and overview.slot else [])


@TEXTS.of(purchases.render_slot)
def _slot(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    held = draw(any_of.told_products(A))
    return of_lines(
        purchases.render_slot(overview, held=held, at=AT), overview.controls.mode, [held] if overview.slot else []
    )


@TEXTS.of(watchlist.render_list)
def _list(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews(most=40))
    page, in_stock = draw(st.integers(1, 6)), draw(st.booleans())
    text, made = watchlist.render_list(overview, page=page, in_stock=in_stock, at=AT)
    held = [line for line in overview.lines if line.stock.state is StockState.IN_STOCK]
    listed = held if in_stock else overview.lines
    first = (min(page, buttons.count_pages(len(listed))) - 1) * buttons.PAGE
    return of_lines(text, overview.controls.mode, listed[first : first + buttons.PAGE], buttons=made)


@TEXTS.of(picks.render_pick)
def _pick(draw: st.DrawFn) -> Said:
    lines = draw(any_of.overviews(most=40)).lines
    name, mode = draw(st.sampled_from(["show", "set", "buy", "remove"])), draw(modes)
    words, rest = draw(any_of.hostile), draw(any_of.hostile)
    text, made = picks.render_pick(name, lines, words=words, rest=rest, page=draw(st.integers(0, 9)), mode=mode)
    return Said(text=text, mode=mode, buttons=made)


@TEXTS.of(picks.render_choices)
def _choices(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    rest = draw(st.just("") | any_of.hostile)
    text, made = picks.render_choices(line, rest=rest, mode=mode)
    return of_lines(text, mode, [line], buttons=made)


@TEXTS.of(picks.render_places)
def _places(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    of = draw(st.integers(1, 200))
    text, made = picks.render_places(line, draw(st.integers(1, of)), of, mode=mode)
    return of_lines(text, mode, [line], buttons=made)


@TEXTS.of(cards.render_card)
def _card(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    remark = draw(st.none() | st.builds(Remark, why=any_of.hostile | st.just(MISSING), unread=st.booleans()))
    undo = draw(st.sampled_from([None, "a" * 16]))
    text, made = cards.render_card(replace(line, remark=remark), is_read=draw(st.booleans()), undo=undo, mode=mode)
    return of_lines(text, mode, [line], buttons=made)


@TEXTS.of(cards.render_gone_card)
def _gone_card(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=cards.render_gone_card(A, mode=mode), mode=mode, tcins=[A])


@TEXTS.of(watchlist.render_unwatched)
def _unwatched(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    text, made = watchlist.render_unwatched(A, may_add=draw(st.booleans()), mode=mode)
    return Said(text=text, mode=mode, tcins=[A], buttons=made)


@TEXTS.of(watchlist.render_show)
def _show(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    restocks, told = draw(st.lists(any_of.restocks(A, most=2), max_size=5)), draw(_journal(most=5))
    return of_lines(
        watchlist.render_show(
            line, restocks, told, seen_at=draw(st.sampled_from([None, AT])), mode=mode, at=AT, zone=UTC
        ),
        mode,
        [line],
    )


@TEXTS.of(watchlist.render_why)
def _why(draw: st.DrawFn) -> Said:
    line, mode = draw(any_of.told_products(A)), draw(modes)
    reasons = draw(st.lists(any_of.hostile, max_size=6))
    return of_lines(watchlist.render_why(line, reasons, draw(_journal(most=5)), mode=mode), mode, [line])


@TEXTS.of(answers.render_start)
def _start(draw: st.DrawFn) -> Said:
    overview = draw(any_of.overviews())
    made = draw(st.sampled_from([buttons.words_below, buttons.start_buttons]))(may_stop=draw(st.booleans()))
    joined = draw(st.none() | st.builds(people.Joined, by=st.none() | any_of.hostile))
    text = answers.render_start(draw(st.sampled_from(Role)), overview, joined=joined)
    return Said(text=text, mode=overview.controls.mode, buttons=made)


@TEXTS.of(answers.render_help)
def _help(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_help(SPECS, mode=mode), mode=mode)


@TEXTS.of(answers.render_help_on)
def _help_on(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_help_on(draw(st.sampled_from(SPECS)), mode=mode), mode=mode)


@TEXTS.of(status.render_health)
def _health(draw: st.DrawFn) -> Said:
    mode, reasons = draw(modes), draw(st.lists(any_of.hostile, max_size=20))
    return Said(text=status.render_health("degraded", reasons, mode=mode), mode=mode)


def _journal(most: int) -> st.SearchStrategy[list[str]]:
    """Lines as the chronicle tells them."""
    events = any_of.hostile.map(lambda why: event(fact(Blind, why=why)))
    lines = events.map(lambda one: describe_event(one, UTC) or "")
    return st.lists(lines, max_size=most)


@TEXTS.of(status.render_log)
def _log(draw: st.DrawFn) -> Said:
    mode, told = draw(modes), draw(_journal(most=5))
    return Said(text=status.render_log(told * draw(st.sampled_from([1, 40])), mode=mode), mode=mode)


@TEXTS.of(purchases.render_orders)
def _orders(draw: st.DrawFn) -> Said:
    mode, attempts = draw(modes), draw(st.lists(any_of.attempts(A), max_size=60))
    line = draw(any_of.told_products(A))
    text = purchases.render_orders(attempts, {A: line}, mode=mode, zone=UTC)
    return of_lines(text, mode, [line] if attempts else [])


@TEXTS.of(purchases.render_spend)
def _spend(draw: st.DrawFn) -> Said:
    mode, most = draw(modes), draw(any_of.prices)
    return Said(text=purchases.render_spend(Usage(), limits(max_spend_per_day=most), mode=mode), mode=mode)


@TEXTS.of(status.render_version)
def _version(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=status.render_version("0.1.0", draw(st.sampled_from([None, AT])), mode=mode, at=AT), mode=mode)


@TEXTS.of(answers.render_users)
def _users(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    names = draw(st.dictionaries(st.integers(1, 300), any_of.hostile, max_size=5))
    roles = dict.fromkeys(range(1, draw(st.integers(1, 300))), Role.VIEWER)
    return Said(text=answers.render_users(roles, names, [-1001, -1002], mode=mode), mode=mode)


@TEXTS.of(answers.render_unknown)
def _unknown(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    text = answers.render_unknown(draw(any_of.hostile), draw(st.sampled_from([None, "stop"])), mode=mode)
    return Said(text=text, mode=mode)


@TEXTS.of(answers.render_elsewhere)
def _elsewhere(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=answers.render_elsewhere(draw(any_of.hostile), mode=mode), mode=mode)


@TEXTS.of(answers.render_refusal)
def _refusal(draw: st.DrawFn) -> Said:
    mode, what = draw(modes), draw(st.sampled_from([None, *(spec.name for spec in SPECS)]))
    about = [draw(any_of.told_products(tcin)) for tcin in (A, B)]
    return of_lines(answers.render_refusal(what, draw(any_of.hostile), about, mode=mode), mode, about)


@TEXTS.of(steering.render_question)
def _question(draw: st.DrawFn) -> Said:
    mode = draw(modes)
    return Said(text=steering.render_question(draw(any_of.hostile), mode=mode), mode=mode)


@TEXTS.of(steering.render_to_confirm)
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
