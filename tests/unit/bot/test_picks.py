"""Products to pick by a tap, what may be chosen of one, and the card of one that was just added."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.origin import product_of_link
from bot.commands import specs
from bot.commands.answers import pickable
from bot.commands.arguments import (
    NoneNamed,
    NothingSaid,
    find_product,
    find_products,
    parse_move,
    parse_pause,
    parse_set,
)
from bot.commands.specs import is_stop, parse_command
from bot.text import buttons, cards, picks
from bot.text.draft import Buttons
from bot.text.markup import cut_in_the_middle, plain
from config.products import DRILL, BuyMode, Mode, Tcin
from monitor.target.products import MISSING
from purchasing.controls import Remark
from purchasing.model import Approval, ApprovalAnswer, Line
from tests import strategies as any_of
from tests.builders import AT, A, B, C, in_stock, line, out_of_stock, product, seconds, tcins

EMBER = line(A, stock=out_of_stock(title="Ember the Dragon", price=Decimal("14.99")))
EMBERS = line(B, stock=in_stock(title="Ember Booster Box", price=None))
TROVE = line(C, stock=out_of_stock(title="Trove"))
LINES = (EMBER, EMBERS, TROVE)


def labels(made: Buttons) -> list[list[str]]:
    return [[one.text for one in row] for row in made]


def says(made: Buttons) -> list[str | None]:
    return [one.data for row in made for one in row]


def pick(name: str, *lines: Line, words: str = "", rest: str = "", page: int = 1) -> tuple[str, Buttons]:
    text, made = picks.render_pick(name, lines, words=words, rest=rest, page=page, mode=Mode.SIMULATE)
    return plain(text), made


# ---- which product


def test_what_is_in_stock_is_offered_first_each_with_its_price() -> None:
    text, made = pick("remove", *LINES)
    assert text == "PRACTICE · Which one shall I stop watching?"
    assert labels(made) == [["🟢 Ember Booster Box"], ["⚪ Ember the Dragon · $14.99"], ["⚪ Trove · $49.99"]]
    assert says(made) == [f"/remove {B}", f"/remove {A}", f"/remove {C}"]


def test_a_picked_product_keeps_what_was_said_besides() -> None:
    text, made = pick("set", EMBER, EMBERS, words="ember", rest="max=20 qty=2")
    assert text == "PRACTICE · “ember” fits 2 products. Which one do you want to change?"
    assert says(made) == [f"/set? {B} max=20 qty=2", f"/set? {A} max=20 qty=2"]


def test_more_products_than_a_phone_shows_have_pages() -> None:
    lines = [line(tcin) for tcin in tcins(20)]
    _, made = pick("set", *lines, words="item", rest="max=20", page=2)
    assert len(made) == buttons.PAGE + 1
    assert labels(made)[-1] == ["← 1", "· 2 ·", "3 →"]
    turned = [picks.parse_pick((one.data or "").removeprefix("/pick ")) for one in made[-1]]
    assert turned == [("set", page, "item", "max=20") for page in (1, 2, 3)]


def test_what_is_too_long_for_a_button_is_asked_for_in_words() -> None:
    text, made = pick("set", EMBER, EMBERS, words="ember", rest="name=" + "a long name " * 6)
    assert made == ()
    assert f"like /set {B} …" in text
    assert f"Ember the Dragon · {A}" in text


def test_nothing_to_pick_is_said() -> None:
    assert pick("buy") == ("PRACTICE · Nothing waits for your yes now.", ())
    assert pick("show") == ("PRACTICE · Nothing is watched yet. Send me a product's link from target.com.", ())


@given(words=any_of.hostile, rest=st.sampled_from(["", "max=20", "on=no qty=2"]), page=st.integers(1, 999))
def test_what_a_button_to_another_page_says_is_understood(words: str, rest: str, page: int) -> None:
    words = " ".join(words.split())
    said = parse_command(picks.pick_command("set", page, words=words, rest=rest), bot_name="bot")
    assert said is not None
    assert said.spec is specs.PICK
    assert picks.parse_pick(said.args) == ("set", page, words, rest)


@pytest.mark.parametrize("args", ["", "set", "set x", "set 2 3", "\n\n\n", "set ²\na\nb\nc"])
def test_any_words_behind_a_pick_are_read(args: str) -> None:
    name, page, _, _ = picks.parse_pick(args)
    assert (name, page) == (args.partition("\n")[0].partition(" ")[0], 1)


def asked(tcin: Tcin, answer: ApprovalAnswer | None) -> Line:
    approval = Approval(id=1, tcin=tcin, window=1, price=Decimal(30), expires_at=AT + seconds(9), answer=answer)
    return line(product(tcin, quantity=2), approval=approval)


def test_only_what_waits_for_a_yes_may_be_bought_and_what_restocks_be_skipped() -> None:
    waits, over, said = asked(A, None), asked(B, ApprovalAnswer.EXPIRED), asked(C, ApprovalAnswer.SKIP)
    assert pickable("buy", "", [EMBER, waits, over, said]) == [waits, over]
    assert pickable("skip", "", [EMBER, replace(TROVE, window=None), said]) == [EMBER]
    assert pickable("show", "ember", LINES) == [EMBER, EMBERS]


@pytest.mark.guards("bot", "a button answers the question that it was made for, and no later one")
def test_an_open_question_is_picked_by_its_number_and_its_price() -> None:
    _, made = pick("buy", asked(A, None), asked(B, ApprovalAnswer.EXPIRED))
    assert says(made) == ["/buy #1", f"/buy {B} w1"]
    assert labels(made)[0] == [f"🟢 {A} · $60.00"]


def test_the_product_of_a_drill_is_found_by_its_number() -> None:
    assert find_product(DRILL, [EMBER, line(DRILL)]).tcin == DRILL


def test_a_command_without_its_product_or_with_several_asks_which_one() -> None:
    for parse, args, words, rest in (
        (parse_set, "", "", ""),
        (parse_set, "max=20 name=My one", "", "max=20 name=My one"),
        (parse_set, "ember max=20", "ember", "max=20"),
        (parse_move, "3", "", "3"),
        (parse_move, "ember top", "ember", "top"),
        (parse_pause, "ember 2h", "ember", "2h"),
        (find_products, "", "", ""),
        (find_products, "ember", "ember", ""),
    ):
        with pytest.raises(NoneNamed) as unnamed:
            parse(args, LINES)
        assert (unnamed.value.words, unnamed.value.rest) == (words, rest), args


def test_of_several_names_the_one_that_fits_several_is_refused_alone() -> None:
    lines, refused = find_products("ember, trove", LINES)
    assert [one.tcin for one in lines] == [C]
    assert [one.word for one in refused] == ["ember"]


# ---- what is wanted of one


def test_a_product_of_which_nothing_is_said_asks_what_is_wanted() -> None:
    capless = line(product(A, buy=BuyMode.ASK, max_price=None), stock=in_stock(title="Trove"))
    for parse, args, rest in (
        (parse_set, "trove", ""),
        (parse_set, "trove buy=auto qty=2", "buy=auto qty=2"),
        (parse_move, "trove", ""),
    ):
        with pytest.raises(NothingSaid) as unsaid:
            parse(args, [capless])
        assert (unsaid.value.line, unsaid.value.rest) == (capless, rest), args


def test_limits_that_make_sense_are_offered() -> None:
    capless = line(product(A, buy=BuyMode.ASK, max_price=None), stock=in_stock(price=Decimal("14.99")))
    assert says(picks.limit_buttons(capless)) == [f"/set {A} max=15", f"/set {A} max=17"]
    capped = line(product(A, buy=BuyMode.ASK, max_price=Decimal(15)), stock=in_stock(price=Decimal("14.99")))
    assert labels(picks.limit_buttons(capped)) == [["Limit $17", "No limit"]]
    unpriced = line(product(A, max_price=Decimal(20)), stock=in_stock(price=None))
    assert labels(picks.limit_buttons(unpriced)) == [["Limit $19", "Limit $22"]]
    nothing = line(product(A, buy=BuyMode.ASK, max_price=None), stock=in_stock(price=None))
    assert picks.limit_buttons(nothing) == ()


def test_buying_by_itself_asks_for_a_limit_first() -> None:
    capless = line(product(A, buy=BuyMode.ASK, max_price=None), stock=in_stock(price=Decimal("14.99")))
    text, made = picks.render_choices(capless, rest="buy=auto", mode=Mode.SIMULATE)
    assert says(made) == [f"/set {A} max=15 buy=auto", f"/set {A} max=17 buy=auto"]
    assert f"/set {A} max=49.99 buy=auto" in text


def test_every_choice_is_a_command_that_is_understood() -> None:
    wanted = product(A, buy=BuyMode.AUTO)
    _, made = picks.render_choices(line(wanted), rest="", mode=Mode.SIMULATE)
    for said in says(made):
        parse_set((said or "").removeprefix("/set "), [line(wanted)])
    assert "No limit" not in [one for row in labels(made) for one in row]


@pytest.mark.parametrize(
    ("place", "of", "places"),
    [(1, 1, []), (1, 3, ["2", "3"]), (2, 3, ["1", "1", "3", "3"]), (3, 3, ["1", "2"]), (4, 9, ["1", "3", "5", "9"])],
)
def test_a_product_moves_to_either_end_or_by_one(place: int, of: int, places: list[str]) -> None:
    _, made = picks.render_places(TROVE, place, of, mode=Mode.SIMULATE)
    assert says(made) == [f"/move {C} {target}" for target in places]


# ---- labels and words below the chat


@given(title=any_of.hostile, length=st.integers(6, 60))
def test_a_title_on_a_button_keeps_its_beginning_and_its_end(title: str, length: int) -> None:
    short = cut_in_the_middle(title, length)
    assert len(short.encode("utf-16-le")) // 2 <= length + 2
    assert "\n" not in short


def test_titles_that_begin_alike_are_told_apart_by_their_ends() -> None:
    box, tin = (f"Pokémon Trading Card Game: Mega Evolution {what}" for what in ("Elite Trainer Box", "Mini Tin"))
    assert cut_in_the_middle(box, 26) == "Pokémon…Elite Trainer Box"
    assert cut_in_the_middle(tin, 26) == "Pokémon…Evolution Mini Tin"
    assert cut_in_the_middle("Supercalifragilisticexpialidocious", 11) == "Supe…ocious"


def test_the_words_below_the_chat_are_commands_whatever_the_client_makes_of_their_signs() -> None:
    for word, name in buttons.WORDS.items():
        for said in (word, word.upper(), f" {word[0]}\ufe0f{word[1:]}"):
            parsed = parse_command(said, bot_name="bot")
            assert parsed is not None
            assert (parsed.name, parsed.args) == (name, "")
    assert parse_command("List", bot_name="bot") is None


@pytest.mark.guards("bot", "the stop below the chat stops as /stop does")
@pytest.mark.parametrize("text", ["🛑 Stop buying", "stop buying", "🛑\ufe0f stop  buying!"])
def test_the_stop_below_the_chat_is_a_stop(text: str) -> None:
    assert is_stop(text, bot_name="bot")


@pytest.mark.parametrize("text", ["stop buying that one", "do not stop buying", "❓ Help"])
def test_what_only_speaks_of_stopping_is_none(text: str) -> None:
    assert not is_stop(text, bot_name="bot")


@pytest.mark.parametrize(
    ("word", "tcin"), [("p94734932", "94734932"), ("P94734932", None), ("p123", None), ("p94734932x", None)]
)
def test_a_link_names_a_product(word: str, tcin: str | None) -> None:
    assert product_of_link(word) == tcin


# ---- the card


def card(one: Line, *, is_read: bool = True, undo: str | None = "a" * 16) -> tuple[list[str], Buttons]:
    text, made = cards.render_card(one, is_read=is_read, undo=undo, mode=Mode.SIMULATE)
    return plain(text).split("\n"), made


NEW = product(A, buy=BuyMode.ASK, max_price=None)


def test_a_card_says_at_once_that_it_is_looked_up() -> None:
    text, made = card(line(NEW, stock=out_of_stock(title=None, price=None)), is_read=False)
    assert text == [f"PRACTICE · Watching name not known yet · {A}", cards.LOOKING, "I ask before I buy, no limit."]
    assert labels(made) == [["Buy by itself", "Only tell me"], ["Undo"]]
    assert cards.is_filling("\n".join(text))


def test_a_card_that_has_filled_in_tells_price_and_stock() -> None:
    text, made = card(line(NEW, stock=out_of_stock(title="Trove", price=Decimal("14.99"))))
    assert text == [f"PRACTICE · Watching Trove · {A}", "⚪ $14.99 · sold out", "I ask before I buy, no limit."]
    assert labels(made) == [["Limit $15", "Limit $17"], ["Buy by itself", "Only tell me"], ["Undo"]]
    assert says(made)[-1] == "o:" + "a" * 16
    assert not cards.is_filling("\n".join(text))


def test_a_number_that_the_shop_does_not_list_is_told_with_the_way_out() -> None:
    unlisted = line(NEW, stock=out_of_stock(title=None, price=None), remark=Remark(why=MISSING, unread=True))
    text, made = card(unlisted, is_read=False)
    assert text[1] == "⚠️ Target doesn't list this number. Is it right?"
    assert says(made) == [f"/remove {A}"]


def test_the_key_of_a_card_tells_its_command_and_its_product() -> None:
    assert cards.subject_of_card(cards.card_key("tg:1:2", A)) == ("tg:1:2", A)
