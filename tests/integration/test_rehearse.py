"""`stockbell rehearse`: what it needs, what it says, and who is shown its picture; with a buyer in memory."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.access.invitations import InvitationTable
from bot.cli.rehearse import StoredFacts, make_and_show, read_stored, why_not_now
from bot.process_signals import ProcessSignals
from bot.schema import TABLES, VERSION
from config.database import Database
from config.products import Product
from config.settings import Settings, TelegramSettings
from purchasing.checkout.model import PICTURES_FOLDER
from purchasing.errors import NothingOrdered
from purchasing.model import Attempt, Review
from purchasing.slot.emergency_stop import STOP_FILE
from purchasing.storage.unit_of_work import UnitOfWork
from sandbox.chat import Person, PracticeChat
from sandbox.shop.pictures import draw_parcel
from tests.builders import AT, PRICE, A, product
from tests.fakes import FakeBuyer
from tests.world import new_world

ADA, BEA = Person(id=1001, first_name="Ada", started=True), Person(id=1002, first_name="Bea")
PICTURE, NAME = draw_parcel("10000001"), "attempt-0-review.png"


class PicturedBuyer(FakeBuyer):
    """Its review page comes with a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.total = PRICE

    async def review(self, attempt: Attempt) -> Review:
        return replace(await super().review(attempt), picture=NAME)


@dataclass
class Rehearsing:
    """One command, as it is given in this folder."""

    folder: Path
    chat: PracticeChat
    url: str
    signals: ProcessSignals
    token: bool = True
    buyer: PicturedBuyer = field(default_factory=PicturedBuyer)
    said: list[str] = field(default_factory=list)
    stops: int = 0
    is_closed: bool = False
    wanted: Product = field(default_factory=lambda: product(A))

    @property
    def settings(self) -> Settings:
        telegram = {"token": self.chat.token, "api_url": self.url, "owners": [ADA.id]}
        return Settings(data_dir=self.folder, telegram=TelegramSettings.model_validate(telegram if self.token else {}))

    def note_stop(self) -> None:
        self.stops += 1

    async def run(self, *owners: int, title: str = "Trove") -> bool:
        @asynccontextmanager
        async def open_buyer(_: Settings) -> AsyncIterator[FakeBuyer]:
            try:
                yield self.buyer
            finally:
                self.is_closed = True

        return await make_and_show(
            self.settings,
            self.wanted,
            StoredFacts(owners=owners or (ADA.id,), title=title),
            signals=self.signals,
            on_stop=self.note_stop,
            say=self.said.append,
            open_buyer=open_buyer,
        )


@pytest.fixture
def signals() -> Iterator[ProcessSignals]:
    heard = (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in heard}
    hearing = ProcessSignals()
    hearing.hear()
    yield hearing
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
async def command(tmp_path: Path, signals: ProcessSignals) -> AsyncIterator[Rehearsing]:
    chat = PracticeChat(people=[ADA, BEA])
    pictures = tmp_path / PICTURES_FOLDER
    pictures.mkdir()
    (pictures / NAME).write_bytes(PICTURE)
    async with chat.serve() as url:
        yield Rehearsing(tmp_path, chat, url, signals)


async def test_it_says_what_was_read_and_shows_the_owners_one_picture(command: Rehearsing) -> None:
    assert await command.run(ADA.id, BEA.id)
    assert command.said[0] == f"rehearsing {A}: up to the review page, never its button"
    assert command.said[1].startswith("REHEARSAL · It would have worked. I reached the last page in ")
    assert command.said[1].endswith(" and did not press its button")
    assert command.said[2] == f"Trove · {A}"
    assert command.said[3].startswith("Took: into the cart ")
    assert command.said[4] == f"It would have ordered 1 x {A}, by shipping, from Target, for $49.99."
    assert command.said[5:7] == [
        "Nothing was ordered, and nothing of it is left in your cart.",
        f"picture: {command.folder / PICTURES_FOLDER / NAME}",
    ]
    assert command.said[7] == f"the picture was sent to {ADA.id}"
    assert command.said[8].startswith(f"the picture was not sent to {BEA.id}: ")  # she has not pressed Start
    (shown,) = command.chat.messages(ADA.id)
    assert shown.file is not None
    assert (shown.file.content, shown.text.split("\n")) == (PICTURE, command.said[1:6])
    assert {call.method for call in command.chat.calls} == {"sendPhoto"}
    assert command.is_closed


async def test_without_a_token_it_only_says_so_on_the_terminal(command: Rehearsing) -> None:
    command.token = False
    assert await command.run()
    assert command.said[-1].startswith("picture: ")
    assert command.chat.calls == []


async def test_a_picture_that_is_gone_is_said(command: Rehearsing) -> None:
    (command.folder / PICTURES_FOLDER / NAME).unlink()
    assert await command.run()
    assert command.said[-1] == "the picture can't be read, so that nobody was sent it"


async def test_a_review_that_was_not_reached_is_a_failure_with_its_reason_and_remedy(command: Rehearsing) -> None:
    command.buyer.troubles["review"] = NothingOrdered("the shop asks for the PIN", picture=NAME, need="pin")
    assert not await command.run()
    assert "Given up before the last page, after 0 s: Target asks for the card's PIN" in command.said[1]
    assert any(line.startswith("I never type a PIN. Open target.com") for line in command.said)
    assert command.said[-1] == f"the picture was sent to {ADA.id}"


async def test_a_page_that_is_not_as_it_was_of_a_product_that_nobody_watches_may_be_a_wrong_number(
    command: Rehearsing,
) -> None:
    command.buyer.troubles["cart"] = NothingOrdered("the shop's page changed", picture=NAME, need="marker")
    assert not await command.run(title="")
    assert f"if there is no such product: `stockbell check {A}` asks Target whether it knows the number" in command.said
    command.said.clear()
    assert not await command.run(title="Trove")
    assert not any("no such product" in line for line in command.said)


async def test_a_product_without_a_limit_is_rehearsed_at_any_price_and_that_is_said(command: Rehearsing) -> None:
    command.wanted = product(A, max_price=None)
    assert await command.run()
    assert command.said[0].endswith("never its button; no limit is set for it, so that any price will do")


async def test_a_cart_that_is_not_clean_is_a_failure(command: Rehearsing) -> None:
    command.buyer.troubles["clean"] = NothingOrdered("the cart did not open")
    assert not await command.run()
    assert "Nothing was ordered. Look into your cart on target.com: something of it may be left there." in command.said


@pytest.mark.guards("bot", "a rehearsal that a signal ends leaves nothing in the cart")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
async def test_a_signal_ends_it_and_the_cart_is_cleaned(command: Rehearsing, number: signal.Signals) -> None:
    hold = command.buyer.hold("review")
    running = asyncio.create_task(command.run())
    await hold.reached.wait()
    os.kill(os.getpid(), number)
    assert not await running
    assert command.buyer.acts == ["cart", "review", "clean"]
    assert "it was ended from outside" in command.said[1]
    assert command.stops == (1 if number is signal.SIGUSR1 else 0)


# ---- what it needs


async def _stored(command: Rehearsing) -> None:
    """A database in which Bea is an owner and A has a title."""

    def work(unit: UnitOfWork) -> None:
        InvitationTable(unit.connection).grant(BEA.id, "owner", name="Bea", by="1001", at=AT)
        unit.products.take_up([product(A, name="Trove")], by="Ada", at=AT)

    database = Database(command.folder / "stockbell.db", tables=TABLES, migrations=[lambda _: None] * (VERSION - 1))
    await database.open()
    await database.transact(lambda connection: work(UnitOfWork(connection)))
    await database.close()


async def test_the_owners_of_the_settings_and_of_the_chat_are_known_and_the_title(command: Rehearsing) -> None:
    assert read_stored(command.settings, A) == StoredFacts(owners=(ADA.id,))
    await _stored(command)
    assert read_stored(command.settings, A) == StoredFacts(owners=[ADA.id, BEA.id], title="Trove")


@pytest.mark.guards("bot", "nothing is rehearsed by hand while buying is stopped")
async def test_while_buying_is_stopped_nothing_is_rehearsed(command: Rehearsing) -> None:
    (command.folder / STOP_FILE).touch()
    stored = read_stored(command.settings, A)
    why = f"buying is stopped ({STOP_FILE} lies in {command.folder}): /rearm in the chat lifts that"
    assert why_not_now(command.settings, stored) == why
    await _stored(command)
    assert read_stored(command.settings, A).stopped is not None


async def test_without_a_session_it_says_how_to_sign_in(command: Rehearsing) -> None:
    why = why_not_now(command.settings, StoredFacts(owners=()))
    assert why is not None
    assert why.startswith("nobody is signed in at the shop (there is no ")
    assert "): run `stockbell login`, or `stockbell login --import FILE`" in why


async def test_its_exit_code_says_what_kept_it_from_the_review_and_nothing_is_left(tmp_path: Path) -> None:
    async with new_world(tmp_path, STOCKBELL_BROWSER__EXECUTABLE="/nowhere/chromium") as world:
        assert (await world.command("rehearse", "trove"))[0] == 2
        code, printed = await world.command("rehearse", A)
        assert (code, "nobody is signed in at the shop" in printed, printed.count("\n")) == (1, True, 1)
        session = world.data / "session.json"
        session.write_text(json.dumps(world.store.account.storage_state(world.store_url)))
        stop = world.data / STOP_FILE
        stop.touch()
        code, printed = await world.command("rehearse", A)
        assert (code, "buying is stopped" in printed, printed.count("\n")) == (1, True, 1)
        stop.unlink()
        code, printed = await world.command("rehearse", A)
        assert (code, "my browser did not start" in printed, "nothing of it is left in your cart" in printed) == (
            1,
            True,
            True,
        )
        assert {path.name for path in world.data.iterdir()} == {"lock", "session.json"}
        assert world.store.calls == []
