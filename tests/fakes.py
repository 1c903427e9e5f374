"""Stand-ins for what is outside. Each passes the contract tests of what it stands in for."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from config.clock import Now
from config.products import Channel, Tcin
from monitor.model import ChunkTrouble, Reading, ShopAnswer
from monitor.target.products import NO_SUCH_PRODUCT
from purchasing.errors import OutcomeUnknown, Refused
from purchasing.model import TARGET, Attempt, Receipt, Review
from tests.builders import AT, reading


class FakeClock:
    """Wall clock and monotonic clock, which stand still until they are moved."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def go_on(self, by: timedelta) -> None:
        self.at += by
        self.seconds += by.total_seconds()

    def set_wall_clock(self, by: timedelta) -> None:
        """As an owner or a time server does: the monotonic clock knows nothing of it."""
        self.at += by


class FakeShop:
    """A shop in memory; see the `Shop` port."""

    def __init__(self, *, now: Now) -> None:
        #: What it says of each product; others are none of its own.
        self.stock: dict[Tcin, Reading] = {}
        #: Every call fails in this way.
        self.trouble: ChunkTrouble | None = None
        self.asked: list[tuple[Tcin, ...]] = []
        self.probed: list[Tcin] = []
        self.looked: list[Tcin] = []
        self._now = now

    def put(self, tcin: Tcin, shipping: str | None = "OUT_OF_STOCK", pickup: str | None = "UNAVAILABLE") -> None:
        self.stock[tcin] = reading(tcin, shipping, pickup)

    async def ask(self, tcins: Sequence[Tcin]) -> ShopAnswer:
        self.asked.append(tuple(tcins))
        return self._answer(tuple(dict.fromkeys(tcins)))

    async def probe(self, tcin: Tcin) -> ShopAnswer:
        self.probed.append(tcin)
        return self._answer((tcin,))

    async def look(self, tcin: Tcin, *, urgent: bool = True) -> ShopAnswer:  # noqa: ARG002  it has no budget
        self.looked.append(tcin)
        return self._answer((tcin,))

    def _answer(self, tcins: tuple[Tcin, ...]) -> ShopAnswer:
        if self.trouble is not None and tcins:
            readings = {tcin: reading(tcin, at=self._now(), trouble=self.trouble.message) for tcin in tcins}
            return ShopAnswer(readings=readings, troubles=(replace(self.trouble, tcins=tcins),))
        return ShopAnswer(readings={tcin: self._read(tcin) for tcin in tcins})

    def _read(self, tcin: Tcin) -> Reading:
        none = reading(tcin, trouble=NO_SUCH_PRODUCT, unlisted=True)
        return msgspec.structs.replace(self.stock.get(tcin, none), at=self._now())


class Hold:
    """Something that waits, once begun, until it is let go."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def wait(self) -> None:
        self.reached.set()
        await self.let_go.wait()


class FakeOrders:
    """An order list in memory; see the `Orders` port."""

    def __init__(self) -> None:
        self.placed: dict[int, Receipt] = {}
        #: Raised, one for each question, before it answers; None is a question that it answers.
        self.troubles: list[Exception | None] = []
        #: What an answer waits for.
        self.hold: Hold | None = None
        #: An order comes into the list so many seconds after it was placed.
        self.listed_after = 0.0
        self._placed_at: dict[int, float] = {}
        #: When it was asked, by the event loop's clock.
        self.asked_at: list[float] = []

    @property
    def asked(self) -> int:
        return len(self.asked_at)

    async def find(self, attempt: Attempt) -> Receipt | None:
        self.asked_at.append(asyncio.get_running_loop().time())
        if self.hold is not None:
            await self.hold.wait()
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        listed_at = self._placed_at.get(attempt.id, 0) + self.listed_after
        return self.placed.get(attempt.id) if asyncio.get_running_loop().time() >= listed_at else None

    def place(self, attempt: Attempt, receipt: Receipt) -> None:
        self.placed[attempt.id] = receipt
        self._placed_at[attempt.id] = asyncio.get_running_loop().time()


class FakeBuyer:
    """A buyer in memory, with a cart and an order list; see the `Shopper` port."""

    def __init__(self) -> None:
        #: What it was asked to do, in order.
        self.acts: list[str] = []
        self.cart_holds: Counter[Tcin] = Counter()
        self.orders = FakeOrders()
        #: What an act raises at its end.
        self.troubles: dict[str, Exception] = {}
        #: What the review page says in place of the truth.
        self.total: Decimal | None = None
        self.subtotal: Decimal | None = None
        self.channel: Channel | None = None
        self.seller: str | None = TARGET
        self.orders_before: tuple[str, ...] | None = ()
        self.picture: str | None = None
        #: What is pressed never reaches the shop.
        self.line_is_dead = False
        #: Told of every act at its very beginning.
        self.on_act: Callable[[str], None] = lambda _act: None
        self._holds: dict[str, Hold] = {}
        self._taken_back = False

    @property
    def presses(self) -> int:
        return self.acts.count("submit")

    def hold(self, act: str) -> Hold:
        """Have this act wait; `press` is the press itself, while it is on its way."""
        return self._holds.setdefault(act, Hold())

    async def cart(self, attempt: Attempt) -> None:
        await self._begin("cart")
        self.cart_holds[attempt.tcin] += attempt.quantity
        self._end("cart")

    async def review(self, attempt: Attempt) -> Review:
        await self._begin("review")
        self._end("review")
        usual = None if attempt.price is None else attempt.price * attempt.quantity
        usual_channel = Channel.SHIPPING if attempt.channel is Channel.ANY else attempt.channel
        return Review(
            items=dict(self.cart_holds),
            total=self.total or usual,
            subtotal=self.subtotal,
            channel=self.channel or usual_channel,
            seller=self.seller,
            orders_before=self.orders_before,
            picture=self.picture,
        )

    async def submit(self, attempt: Attempt) -> Receipt:
        """Charges what the review page said, where it was read."""
        usual = None if attempt.price is None else attempt.price * attempt.quantity
        receipt = Receipt(order_number=f"912-{attempt.id}", total=attempt.total or usual)
        if "press" in self._holds:
            await self._wait_for_press()
        refusal = self.troubles.get("submit")
        if not (self.line_is_dead or isinstance(refusal, Refused)):
            self.orders.place(attempt, receipt)
            self.cart_holds.pop(attempt.tcin, None)
        await self._begin("submit")
        # What was ordered at the press is not refused by what is set while it hangs.
        if isinstance(refusal, Refused) or not isinstance(self.troubles.get("submit"), Refused):
            self._end("submit")
        return receipt

    async def _wait_for_press(self) -> None:
        """The press is on its way, and may be taken back."""
        self.on_act("press")
        self._taken_back = False
        await self._holds["press"].wait()
        if self._taken_back:
            raise OutcomeUnknown("the press was taken back")

    def take_back(self) -> None:
        self.acts.append("take back")
        if "press" in self._holds:
            self._taken_back = True
            self._holds["press"].let_go.set()

    async def clean(self, attempt: Attempt) -> None:
        await self._begin("clean")
        self._end("clean")
        self.cart_holds.pop(attempt.tcin, None)

    async def find(self, attempt: Attempt) -> Receipt | None:
        return await self.orders.find(attempt)

    async def _begin(self, act: str) -> None:
        self.acts.append(act)
        self.on_act(act)
        if act in self._holds:
            await self._holds[act].wait()

    def _end(self, act: str) -> None:
        if act in self.troubles:
            raise self.troubles[act]
