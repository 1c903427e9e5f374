"""The calls that the shop's pages make: cart, checkout, orders, and what they report of themselves."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.serving import HANG_UP
from sandbox.shop.account import COOKIE
from sandbox.shop.cart import Cart, Line
from sandbox.shop.till import Declined, PlacedOrder, Till
from sandbox.shop.troubles import Mishap

Json = dict[str, Any]
Act = Callable[[Request], Awaitable[Response]]

_CARTS = "/web_checkouts/v1"
_SAVED = "/saved_for_later/v1/items"
_HISTORY = "/guest_order_aggregations/v1/order_history"
_NEWER_HISTORY = "/post_orders/v1/orders/history"
_CHANNELS = {"SHIP": "shipping", "PICKUP": "pickup"}
_TYPES = {channel: word for word, channel in _CHANNELS.items()}
_CREATED = 201


class Calls:
    """All of them but reports need somebody who is signed in."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def routes(self) -> list[Route]:
        return [
            Route(f"{_CARTS}/cart_items", self._befall("add", self._add), methods=["POST"]),
            Route(f"{_CARTS}/cart_items/{{line}}", self._change, methods=["PUT"]),
            Route(f"{_CARTS}/cart_items/{{line}}", self._take_out, methods=["DELETE"]),
            Route(f"{_CARTS}/cart", self._read_cart),
            Route(f"{_CARTS}/cart", self._write_cart, methods=["PUT"]),
            Route(f"{_CARTS}/pre_checkout", self._befall("checkout", self._begin_checkout), methods=["POST"]),
            Route(f"{_CARTS}/checkout", self._befall("press", self._place), methods=["POST"]),
            Route(_SAVED, self._list_saved),
            Route(_SAVED, self._save, methods=["POST"]),
            Route(f"{_SAVED}/{{line}}/move", self._move_to_cart, methods=["POST"]),
            Route(f"{_SAVED}/{{line}}", self._drop_saved, methods=["DELETE"]),
            Route(_HISTORY, self._befall("orders", self._list_orders)),
            Route(_NEWER_HISTORY, self._befall("orders", self._list_orders)),
            Route("/practice/sign-in", self._sign_in, methods=["POST"]),
            Route("/practice/clicks", self._note_click, methods=["POST"]),
            Route("/practice/typed", self._note_typed, methods=["POST"]),
        ]

    def _befall(self, place: str, act: Act) -> Act:
        """The same call with whatever befalls it there, which is counted as it comes."""

        async def befallen(request: Request) -> Response:
            self._count(place)
            mishap = self._till.troubles.take_mishap(place)
            return await (act(request) if mishap is None else self._go_wrong(mishap, act, request))

        return befallen

    def _count(self, place: str) -> None:
        self._till.adds += place == "add"
        self._till.presses += place == "press"

    async def _go_wrong(self, mishap: Mishap, act: Act, request: Request) -> Response:
        answer = await _do(act, request) if mishap.done else None
        self._till.suffer(mishap)
        if mishap.cut:
            await request.scope[HANG_UP]()
            return Response()
        if mishap.slow:
            await asyncio.sleep(self._till.slow_s)
        if mishap.walled:
            return JSONResponse(_CAPTCHA, mishap.status or 403)
        if mishap.rubbish:
            return Response('{"orders": [{"order_', media_type="application/json")
        if mishap.status is not None:
            return _refusal(mishap.status, mishap.code, in_header=mishap.in_header)
        return answer or await act(request)

    # -- the cart -----------------------------------------------------------------------------------------------------

    async def _add(self, request: Request) -> Response:
        self._check(request)
        body = await _body(request)
        try:
            wish, way = body["cart_item"], body["fulfillment"]
            tcin, quantity, channel = str(wish["tcin"]), int(wish["quantity"]), _CHANNELS[way["type"]]
        except (KeyError, TypeError, ValueError):
            raise Declined(400, "INVALID_REQUEST") from None
        line = self._till.add(tcin, quantity, channel)
        return JSONResponse({**self._line(line), "cart_id": _CART_ID}, _CREATED)

    async def _change(self, request: Request) -> Response:
        self._check(request)
        line = _find(request, self._till.cart)
        try:
            quantity = int((await _body(request))["cart_item"]["quantity"])
        except (KeyError, TypeError, ValueError):
            raise Declined(400, "INVALID_REQUEST") from None
        if quantity < 1:
            raise Declined(400, "INVALID_REQUEST")
        self._till.set_quantity(line, quantity)
        return JSONResponse(self._line(line))

    async def _take_out(self, request: Request) -> Response:
        self._check(request)
        self._till.take_out(_find(request, self._till.cart), self._till.cart)
        return JSONResponse(self._cart())

    async def _read_cart(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse(self._cart())

    async def _write_cart(self, request: Request) -> Response:
        self._check(request)
        self._till.write_cart()
        return JSONResponse(self._cart())

    # -- saved for later ----------------------------------------------------------------------------------------------

    async def _list_saved(self, request: Request) -> Response:
        self._check(request)
        return JSONResponse({"items": [self._line(line) for line in self._till.saved]})

    async def _save(self, request: Request) -> Response:
        self._check(request)
        line = self._till.cart.find(str((await _body(request)).get("cart_item_id")))
        if line is None:
            raise Declined(404, "ITEM_NOT_FOUND")
        self._till.cart.move(line, self._till.saved)
        return JSONResponse({}, _CREATED)

    async def _move_to_cart(self, request: Request) -> Response:
        self._check(request)
        self._till.saved.move(_find(request, self._till.saved), self._till.cart)
        return JSONResponse(self._cart())

    async def _drop_saved(self, request: Request) -> Response:
        self._check(request)
        self._till.take_out(_find(request, self._till.saved), self._till.saved)
        return Response(status_code=204)

    # -- checkout and orders ------------------------------------------------------------------------------------------

    async def _begin_checkout(self, request: Request) -> Response:
        self._check(request)
        self._till.begin_checkout()
        return JSONResponse(self._cart(), _CREATED)

    async def _place(self, request: Request) -> Response:
        self._check(request)
        order = self._till.place()
        placed = {"order_id": order.number, "cart_state": "COMPLETED", "summary": {"grand_total": str(order.total)}}
        return JSONResponse({"orders": [placed]}, _CREATED)

    async def _list_orders(self, request: Request) -> Response:
        self._check(request)
        orders = [_listed(order) for order in self._till.listed()]
        return JSONResponse({"total_orders": len(orders), "orders": orders})

    # -- the account, and what the pages report -----------------------------------------------------------------------

    async def _sign_in(self, request: Request) -> Response:
        body, account = await _body(request), self._till.account
        if (body.get("email"), body.get("password")) != (account.email, account.password):
            return _refusal(401, "INVALID_CREDENTIALS")
        answer = JSONResponse({})
        set_session(answer, account.sign_in(), account.lifetime)
        return answer

    async def _note_click(self, request: Request) -> Response:
        self._till.clicks[(await request.body()).decode()] += 1
        return Response(status_code=204)

    async def _note_typed(self, request: Request) -> Response:
        self._till.typed[(await request.body()).decode()] += 1
        return Response(status_code=204)

    def _check(self, request: Request) -> None:
        if not self._till.account.knows(request.cookies):
            raise Declined(401, "UNAUTHORIZED")

    # -- shapes -------------------------------------------------------------------------------------------------------

    def _cart(self) -> Json:
        totals = self._till.totals()
        return {
            "cart_id": _CART_ID,
            "cart_type": "REGULAR",
            "cart_state": "PENDING",
            "cart_items": [self._line(line) for line in self._till.cart],
            "summary": {
                "items_quantity": sum(line.quantity for line in self._till.cart),
                "total_product_amount": float(totals.subtotal),
                "total_taxes": float(totals.taxes),
                "total_shipping_charges": float(totals.shipping),
                "grand_total": float(totals.total),
            },
        }

    def _line(self, line: Line) -> Json:
        item = self._till.item(line.tcin)
        return {
            "cart_item_id": line.id,
            "tcin": line.tcin,
            "quantity": line.quantity,
            "unit_price": float(self._till.price(line)),
            "item_attributes": {"description": "" if item is None else item.title},
            "fulfillment": {"type": _TYPES[line.channel]},
            "seller": self._till.seller(line),
            "purchase_limit": None if item is None else item.purchase_limit,
        }


_CART_ID = "7b1d0c3e-0000-4000-8000-000000000001"
_CAPTCHA = {"captchaRelativeURL": "/captcha?uuid=0f0e0d0c", "captchaAbsoluteURL": "https://captcha.invalid/"}


async def _do(act: Act, request: Request) -> Response:
    """Do it, whatever is answered then."""
    try:
        return await act(request)
    except Declined as declined:
        return await decline(request, declined)


async def decline(_: Request, declined: Any) -> Response:
    """The answer to a call that the shop declines."""
    return _refusal(declined.status, declined.code)


def set_session(answer: Response, token: str, lifetime: timedelta) -> None:
    answer.set_cookie(COOKIE, token, max_age=int(lifetime.total_seconds()), httponly=True, samesite="lax", path="/")


def _refusal(status: int, code: str | None, *, in_header: bool = False) -> Response:
    if code is None:
        return Response(status_code=status)
    if in_header:
        return Response(status_code=status, headers={"tgt-cart-error-key": code})
    return JSONResponse({"alerts": [{"code": code}]}, status)


async def _body(request: Request) -> Json:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Declined(400, "INVALID_REQUEST")
    return body


def _find(request: Request, cart: Cart) -> Line:
    line = cart.find(request.path_params["line"])
    if line is None:
        raise Declined(404, "ITEM_NOT_FOUND")
    return line


def _listed(order: PlacedOrder) -> Json:
    return {
        "order_number": order.number,
        "placed_date": order.placed_at.isoformat(),
        "order_lines": [
            {
                "item": {"tcin": line.tcin, "description": line.title},
                "quantity": line.quantity,
                "status": {"key": "CANCELED" if order.cancelled else "PLACED"},
            }
            for line in order.lines
        ],
        "summary": {"grand_total": str(order.total)},
    }
