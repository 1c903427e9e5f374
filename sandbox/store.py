"""The practice store: a real HTTP server with the calls and the pages of the shop, and nothing behind them."""

import asyncio
import hashlib
import re
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from sandbox.faults import Drop, Faults, Packing, Wall, refusal
from sandbox.serving import HANG_UP, serve
from sandbox.shop import redsky
from sandbox.shop.calls import Calls, decline
from sandbox.shop.item import Item
from sandbox.shop.pictures import picture_of
from sandbox.shop.site import Site
from sandbox.shop.till import Declined, Till

__all__ = ["Call", "Drop", "Faults", "Item", "Order", "Packing", "PracticeStore", "Wall"]

_REDSKY = "/redsky_aggregations/v1/web"
#: Where the scope of a request keeps what befalls it.
_FAULTS = "practice.faults"
_IN_PATH = re.compile(r"A-(\d+)$")


@dataclass(slots=True, kw_only=True)
class Call:
    """One request that reached the store, noted as it arrived."""

    #: On the clock of the event loop, which is the monotonic one.
    at: float
    path: str
    tcins: tuple[str, ...]
    key: str | None
    user_agent: str | None
    #: None until it was answered; stays None where the connection was cut.
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order that was taken."""

    number: str
    tcin: str
    quantity: int
    #: Of one piece.
    price: str | None
    #: The buyer's own mark.
    attempt: str


class PracticeStore:
    """The shop, as an ASGI application and as a server of its own. Whatever is changed holds from the next call on."""

    def __init__(self, items: Iterable[Item] = (), *, faults: Faults | None = None, seed: int = 1) -> None:
        self.items = {item.tcin: item for item in items}
        self.faults = faults or Faults()
        self.calls: list[Call] = []
        self.orders: list[Order] = []
        self.api_key = _next_key("practice")
        self._chance = Random(seed)  # noqa: S311  repeatable faults, no secrets
        #: What the shop's pages sell and count in a browser; `account` is who is signed in there.
        self.shop = Till(self.items)
        self.account = self.shop.account
        site = Site(self.shop, self.items, lambda: self.api_key)
        self._shop = Starlette(
            routes=[*self._routes(), *site.routes(), *Calls(self.shop).routes()],
            exception_handlers={_Refused: _refuse, Declined: decline},
        )
        self._packed_shop = GZipMiddleware(self._shop, minimum_size=0)

    def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on a socket and give the address, which is that of the calls and of the pages."""
        return serve(self, host=host, port=port)

    def set(self, tcin: str, **changes: Any) -> None:
        """Change any fields of an item.

        Raises:
            KeyError: no such item.
            TypeError: no such field.
        """
        self.items[tcin] = replace(self.items[tcin], **changes)

    def rotate_key(self) -> None:
        """From now on only the key that the pages show is taken, and it is a new one."""
        self.api_key = _next_key(self.api_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = _noted(Request(scope))
        self.calls.append(call)
        faults = self.faults.take(call.path)
        await asyncio.sleep(faults.delay(self._chance))
        if faults.hang:
            await asyncio.Event().wait()
        if faults.drop is not Drop.BEFORE:
            scope[_FAULTS] = faults
            shop = self._packed_shop if faults.packing is Packing.GZIP else self._shop
            await (refusal(faults) or shop)(scope, receive, _sender(send, call, faults))
        if faults.drop is not None:
            await scope[HANG_UP]()

    def _routes(self) -> list[Route]:
        return [
            Route("/images/{tcin:int}.png", self._picture),
            Route(f"{_REDSKY}/product_summary_with_fulfillment_v1", self._summaries),
            Route(f"{_REDSKY}/product_fulfillment_and_variation_hierarchy_v1", self._hierarchy),
            Route(f"{_REDSKY}/pdp_client_v1", self._details),
            Route(f"{_REDSKY}/nearby_stores_v1", self._nearby_stores),
            Route("/practice/orders", self._list_orders),
            # The same, for who looks before ordering: what befalls the other address doesn't befall this one.
            Route("/practice/history", self._list_orders),
            Route("/practice/orders", self._place_order, methods=["POST"]),
        ]

    async def _summaries(self, request: Request) -> Response:
        self._check(request, "key", "tcins", "store_id")
        tcins = _split(request.query_params["tcins"])
        if len(tcins) > redsky.MOST_TCINS:
            return _errors(400, "Tcins cannot be more than 30")
        faults: Faults = request.scope[_FAULTS]
        if faults.refuses(tcins):
            return Response(status_code=500)
        return self._summarise(tuple(dict.fromkeys(tcins)), request, faults)

    def _summarise(self, tcins: tuple[str, ...], request: Request, faults: Faults) -> Response:
        store_id = request.query_params["store_id"]
        # In another order than that of the request, as the real one.
        known = [self.items[tcin] for tcin in reversed(tcins) if tcin in self.items]
        entries = redsky.summaries(known, self.items, site=_site(request), store_id=store_id)
        troubles = [f"No product found with tcin {tcin}" for tcin in tcins if tcin not in self.items]
        for entry in entries:
            if store_id == redsky.DIGITAL_STORE or faults.bares(entry["tcin"], self._chance):
                entry.pop("fulfillment", None)
                troubles.append(f"No fulfillment for tcin {entry['tcin']} at store {store_id}")
        return _partial({"product_summaries": entries}, troubles)

    async def _hierarchy(self, request: Request) -> Response:
        self._check(request, "key", "tcin", "store_id")
        product = redsky.hierarchy(
            self._item(request), self.items, site=_site(request), store_id=request.query_params["store_id"]
        )
        return JSONResponse({"data": {"product": product}})

    async def _details(self, request: Request) -> Response:
        self._check(request, "key", "tcin", "store_id", "pricing_store_id")
        product = redsky.details(self._item(request), self.items, site=_site(request))
        return JSONResponse({"data": {"product": product}})

    async def _nearby_stores(self, request: Request) -> Response:
        self._check(request, "key", "place")
        return JSONResponse({"data": redsky.nearby_stores(request.query_params["place"])})

    def _check(self, request: Request, *required: str) -> None:
        if not all(map(request.query_params.get, required)):
            raise _Refused(Response(status_code=400))
        if request.query_params["key"] != self.api_key:
            raise _Refused(_errors(401, "The key is not known"))

    def _item(self, request: Request) -> Item:
        tcin = request.query_params["tcin"]
        if tcin not in self.items:
            raise _Refused(_errors(404, f"No product found with tcin {tcin}"))
        return self.items[tcin]

    async def _picture(self, request: Request) -> Response:
        picture = picture_of(str(request.path_params["tcin"]))
        return Response(picture, media_type="image/png", headers={"Cache-Control": "max-age=86400"})

    async def _list_orders(self, request: Request) -> Response:
        attempt = request.query_params.get("attempt")
        found = [asdict(order) for order in self.orders if attempt in (None, order.attempt)]
        return JSONResponse({"orders": found})

    async def _place_order(self, request: Request) -> Response:
        """Takes an order for every request that may have one; a repeated one is a second order, as in a real shop."""
        try:
            wish = await request.json()
            item, quantity, attempt = self.items[str(wish["tcin"])], int(wish["quantity"]), str(wish["attempt"])
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        if item.purchase_limit is not None and quantity > item.purchase_limit:
            return _alert(400, "MAX_PURCHASE_LIMIT_EXCEEDED")
        if quantity < 1 or not item.has(quantity):
            return _alert(424, "INVENTORY_UNAVAILABLE")
        return JSONResponse(asdict(self._sell(item, quantity, attempt)), 201)

    def _sell(self, item: Item, quantity: int, attempt: str) -> Order:
        number = f"9{len(self.orders) + 1:09}"
        order = Order(number=number, tcin=item.tcin, quantity=quantity, price=item.price, attempt=attempt)
        self.orders.append(order)
        self.items[item.tcin] = item.less(quantity)
        return order


class _Refused(Exception):
    """The call gets this answer and nothing else."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


async def _refuse(_: Request, refused: Any) -> Response:
    answer: Response = refused.answer
    return answer


def _noted(request: Request) -> Call:
    return Call(
        at=asyncio.get_running_loop().time(),
        path=request.url.path,
        tcins=_tcins(request),
        key=request.query_params.get("key"),
        user_agent=request.headers.get("user-agent"),
    )


def _tcins(request: Request) -> tuple[str, ...]:
    """Every TCIN that is asked for, in the query or in the path."""
    asked = request.query_params.get("tcins") or request.query_params.get("tcin")
    return _split(asked) if asked else tuple(_IN_PATH.findall(request.url.path))


def _split(tcins: str) -> tuple[str, ...]:
    return tuple(tcin for tcin in tcins.split(",") if tcin)


def _sender(send: Send, call: Call, faults: Faults) -> Send:
    """Sends the answer and notes its status, or drops it where the caller is not to learn of it."""

    async def send_and_note(message: Message) -> None:
        if faults.drop is not None:
            return
        if message["type"] == "http.response.start":
            call.status = message["status"]
        await send(message)

    return send_and_note


def _partial(data: redsky.Json, troubles: list[str]) -> Response:
    if not troubles:
        return JSONResponse({"data": data})
    return JSONResponse({"data": data, "errors": [{"message": message} for message in troubles]}, 206)


def _errors(status: int, message: str) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, status)


def _alert(status: int, code: str) -> Response:
    return JSONResponse({"alerts": [{"code": code}]}, status)


def _site(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _next_key(before: str) -> str:
    """40 hexadecimal digits, always the same after the same."""
    return hashlib.sha256(before.encode()).hexdigest()[:40]
