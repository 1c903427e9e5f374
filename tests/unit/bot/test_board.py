"""The pinned message of a chat."""

from datetime import UTC, datetime

import pytest

from bot.text.board import OLD, product_line, render_board
from bot.text.draft import TEXT_LIMIT
from config.products import Mode
from monitor.model import Circuit, CircuitState, Stock
from monitor.target.queries import SUMMARIES
from purchasing.controls import Blindness, Remark
from purchasing.events import CycleCompleted, Summary
from purchasing.model import CycleMark, Line, Overview, PurchaseState
from sandbox.telegram_html import parse_html, utf16_length
from tests.builders import AT, PRICE, A, B, C, in_stock, line, out_of_stock, overview, product, seconds, tcins
from tests.facts import fact

LATER = AT + seconds(300)
BLIND = Circuit(
    state=CircuitState.OPEN, open_until=AT + seconds(60), blind_since=AT, why=f"{SUMMARIES}: the bot wall (403)"
)


def shown(told: Overview, *, ended: bool = False, **cycle: object) -> list[str]:
    """The board's lines as they are seen, after a cycle at AT."""
    text = render_board(told, fact(CycleCompleted, **cycle), at=AT, zone=UTC, ended=ended)
    return parse_html(text).text.split("\n")


def row(one: Line, *, seen_at: datetime = AT) -> str:
    return parse_html(product_line(one, seen_at=seen_at, at=AT)).text


# ---- the head


def test_it_tells_mode_stock_time_next_check_and_cycle() -> None:
    assert shown(overview(line(A, stock=in_stock(title="Trove")))) == [
        "PRACTICE · 1 of 1 in stock: Trove $49.99 · checked 14:03",
        "Next check at 14:03:42",
        "",
        f"🟢 Trove · {A} · $49.99",
        "🟢 in stock",
        "check 1284, took 0.2 s",
    ]


def test_the_first_line_names_the_first_few_in_stock_or_says_that_there_is_nothing() -> None:
    able = [line(tcin, stock=in_stock(title=f"Trove {n}", price=None)) for n, tcin in enumerate(tcins(4))]
    dear = line(A, stock=in_stock(price=PRICE + 1))
    assert shown(overview(*able[:2]))[0] == "PRACTICE · 2 of 2 in stock: Trove 0, Trove 1 · checked 14:03"
    assert shown(overview(*able))[0] == "PRACTICE · 4 of 4 in stock: Trove 0, Trove 1, Trove 2 … · checked 14:03"
    assert shown(overview(dear))[0] == "PRACTICE · 1 of 1 in stock, no alert · checked 14:03"
    assert shown(overview(line(A, stock=out_of_stock())))[0] == "PRACTICE · None of 1 in stock · checked 14:03"
    assert shown(overview())[0] == "PRACTICE · Nothing is watched · checked 14:03"


def test_every_cycle_changes_it() -> None:
    assert shown(overview(), cycle_id=1284) != shown(overview(), cycle_id=1285)


def test_before_the_first_check_it_says_so() -> None:
    assert render_board(overview(), None, at=AT, zone=UTC).endswith("My first check is about to begin.")


def test_what_a_cycle_left_unknown_is_counted() -> None:
    summary = Summary(watched=7, in_stock=2, unknown=3, started=0, resets=0)
    assert "❔ Target told me nothing about 3 of them this time." in shown(overview(), summary=summary)


def test_a_failed_cycle_tells_why() -> None:
    assert "⚠️ My last check brought nothing. Walled." in shown(overview(), failed="walled")


def test_blindness_is_told_once_also_where_the_last_check_failed_by_it() -> None:
    told = shown(overview(circuit=BLIND), failed=BLIND.why)
    assert sum("blocking my checks" in one for one in told) == 1


def test_a_stop_is_told_beside_the_mode() -> None:
    told = shown(overview(stopped="stopped by Ada", mode=Mode.LIVE))
    assert told[0] == "LIVE · Nothing is watched · checked 14:03 · buying is off"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (overview(paused=True), "⏸ Paused. I check nothing; /resume ends it."),
        (
            overview(paused=True, paused_until=AT + seconds(86_400)),
            "⏸ Paused until 23 Nov 14:03. I check nothing; /resume ends it.",
        ),
        (
            overview(circuit=BLIND),
            "⚠️ Target is blocking my checks. I'll try again at 14:04; until then I show what I last saw.",
        ),
        (
            overview(blindness=Blindness(since=AT, why=f"{SUMMARIES}: no whole answer within 8 s")),
            "⚠️ Target did not answer in time. I keep trying; until then I show what I last saw. Next check at 14:03:42",
        ),
        (overview(mark=CycleMark()), "Next check soon"),
    ],
    ids=["paused", "paused for a day", "blind", "blind but asking", "none planned"],
)
def test_it_tells_when_the_shop_is_asked_next_or_why_not(told: Overview, words: str) -> None:
    assert words in shown(told)


def test_at_the_end_of_the_service_it_says_that_it_is_stale() -> None:
    told = shown(overview(), ended=True)
    assert told[0] == "PRACTICE · Stockbell is not running. This is what it last saw."
    assert told[1] == "Nothing is watched · checked 14:03"
    assert not any("Next check" in one for one in told)


# ---- the products


def order(told: Overview) -> list[str]:
    return [tcin for one in shown(told) for tcin in tcins(6) if tcin in one]


def test_products_stand_in_the_order_of_the_list() -> None:
    assert order(overview(line(B), line(A))) == [B, A]


def test_what_can_be_bought_stands_first_then_what_is_in_stock_but_not_alerted_then_the_others() -> None:
    gone, dear, there, unread, sold, also = tcins(6)
    told = overview(
        line(gone, stock=out_of_stock()),
        line(dear, stock=in_stock(price=PRICE + 1)),
        line(there),
        line(unread, stock=Stock()),
        line(sold, stock=in_stock(marketplace=True)),
        line(also),
    )
    assert order(told) == [there, also, dear, sold, gone, unread]


@pytest.mark.guards("bot", "what is in stock is never cut off below what is not")
def test_the_one_in_stock_is_never_cut_off_below_others() -> None:
    many = tcins(500)
    gone = [line(tcin, stock=out_of_stock(title="W" * 300)) for tcin in many[:-1]]
    told = shown(overview(*gone, line(many[-1], stock=in_stock(title="Trove"))))
    assert told[3] == f"🟢 Trove · {many[-1]} · $49.99"
    assert told[-3:] == [
        f"and {500 - (len(told) - 6)} more",
        "🟢 in stock · ⚪ sold out",
        "check 1284, took 0.2 s",
    ]


def test_the_legend_tells_the_signs_that_are_there() -> None:
    lines = [line(A, stock=in_stock(marketplace=True)), line(B, stock=Stock()), line(C, paused=True)]
    assert shown(overview(*lines))[-2] == "🟡 in stock, no alert · ❔ not known yet · ⏸ off or paused"


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (line(A, stock=in_stock(price=PRICE + 1)), "above your $49.99 limit"),
        (line(A, stock=in_stock(marketplace=True)), "sold by another seller, not by Target"),
        (
            line(A, stock=out_of_stock(), remark=Remark(why="in stock for pickup, not for shipping", unread=False)),
            "in stock for pickup, not for shipping",
        ),
        (line(A, stock=out_of_stock(), remark=Remark(why="missing", unread=True)), "missing"),
    ],
)
def test_what_may_not_be_alerted_or_is_not_read_says_why(one: Line, why: str) -> None:
    assert row(one).endswith(f" · {why}")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (line(A, stock=in_stock(title="Trove")), f"🟢 Trove · {A} · $49.99"),
        (line(A, stock=out_of_stock(title="Trove")), f"⚪ Trove · {A} · $49.99"),
        (line(A, stock=Stock()), f"❔ name not known yet · {A}"),
        (
            line(A, stock=in_stock(title="Trove", marketplace=True)),
            f"🟡 Trove · {A} · $49.99 · sold by another seller, not by Target",
        ),
        (line(A, stock=in_stock(title="Trove"), paused=True), f"⏸ Trove · {A} · $49.99 · paused"),
        (line(product(A, enabled=False), stock=in_stock(title="Trove")), f"⏸ Trove · {A} · $49.99 · off"),
    ],
)
def test_a_product_is_told_with_sign_title_number_and_price(one: Line, words: str) -> None:
    assert row(one) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PurchaseState.READY, ""),
        (PurchaseState.QUEUED, " · next to be bought"),
        (PurchaseState.ATTEMPTING, " · 🛒 buying"),
        (PurchaseState.PURCHASED, " · bought"),
        (PurchaseState.FAILED, " · not bought"),
        (PurchaseState.UNCONFIRMED, " · bought or not? not known yet"),
    ],
)
def test_a_product_is_told_with_where_it_stands_with_buying(state: PurchaseState, words: str) -> None:
    assert row(line(A, stock=in_stock(title="Trove"), state=state)) == f"🟢 Trove · {A} · $49.99{words}"


def test_an_old_reading_is_told_with_its_age() -> None:
    assert "ago" not in row(line(A), seen_at=AT - OLD + seconds(1))
    assert row(line(A), seen_at=AT - OLD).endswith("seen 2 m ago")


# ---- one message, however much there is


def crowd(count: int, title: str) -> Overview:
    return overview(*(line(tcin, stock=in_stock(title=title)) for tcin in tcins(count)))


def length(told: list[str]) -> int:
    return utf16_length("\n".join(told))


def test_titles_are_whole_while_there_is_room_for_all_products() -> None:
    title = "A title of some length, as the shop gives them, with its edition and more - " * 3
    told = shown(crowd(12, title))
    assert sum(title.strip() in one for one in told) == 12


@pytest.mark.guards("bot", "the board is one message, however many products there are")
def test_where_there_is_no_room_titles_are_cut_and_every_product_is_told() -> None:
    told = shown(crowd(50, "W" * 300))
    assert [tcin for tcin in tcins(50) if not any(tcin in one for one in told)] == []
    assert length(told) <= TEXT_LIMIT


@pytest.mark.guards("bot", "the board is one message, however many products there are")
def test_of_more_products_than_there_is_room_for_the_rest_is_counted() -> None:
    told = shown(crowd(500, "W" * 300))
    shown_products = sum(any(tcin in one for one in told) for tcin in tcins(500))
    assert told[-3] == f"and {500 - shown_products} more"
    assert TEXT_LIMIT - 100 < length(told) <= TEXT_LIMIT + 50
