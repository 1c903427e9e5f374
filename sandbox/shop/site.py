"""The addresses of the shop's pages, for whoever is signed in and whoever is not."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.shop.calls import set_session
from sandbox.shop.item import Item
from sandbox.shop.pages import ASSETS, Pages
from sandbox.shop.redsky import page_address
from sandbox.shop.till import Till
from sandbox.shop.troubles import Trouble

_IN_PATH: Final = re.compile(r"A-(\d+)$")
#: A parent of variations; nothing is sold under its own number.
_PARENT: Final = "/p/every-size/-/A-80000900"


class Site:
    """A page that is loaded by who is signed in renews their session."""

    def __init__(self, till: Till, shelf: Mapping[str, Item], api_key: Callable[[], str]) -> None:
        self._till = till
        self._pages = Pages(till, shelf, api_key)

    def routes(self) -> list[BaseRoute]:
        return [
            Mount("/assets", StaticFiles(directory=ASSETS)),
            Route("/", self._front),
            Route("/p/{address:path}", self._product),
            Route("/cart", self._cart),
            Route("/checkout", self._checkout),
            Route("/checkout/start", self._checkout),
            Route("/checkout/confirmation", self._confirmation),
            Route("/order-confirmation", self._confirmation),
            Route("/orders", self._orders),
            Route("/login", self._login),
        ]

    async def _front(self, request: Request) -> Response:
        return self._show(request, self._pages.front(signed_in=self._knows(request)))

    async def _product(self, request: Request) -> Response:
        chosen = request.query_params.get("preselect")
        item = self._till.item(chosen or "".join(_IN_PATH.findall(request.url.path)))
        if item is None:
            return HTMLResponse(self._pages.missing(signed_in=self._knows(request)), 404)
        if chosen is None and (address := self._elsewhere(item)):
            return RedirectResponse(address, 302)
        if chosen is None and request.url.path != page_address("", item):
            return RedirectResponse(page_address("", item), 301)
        signed_in = self._welcome(request, Trouble.PRODUCT_SIGNED_OUT)
        return self._show(request, self._pages.product(item, signed_in=signed_in))

    def _elsewhere(self, item: Item) -> str | None:
        """Where its address leads in trouble."""
        if self._till.troubles.has(Trouble.PRODUCT_ELSEWHERE):
            return "/"
        if self._till.troubles.has(Trouble.PRODUCT_PRESELECTED):
            return f"{_PARENT}?preselect={item.tcin}"
        return None

    async def _cart(self, request: Request) -> Response:
        signed_in = self._welcome(request, Trouble.CART_SIGNED_OUT)
        return self._show(request, self._pages.cart(signed_in=signed_in))

    async def _checkout(self, request: Request) -> Response:
        if not self._welcome(request, Trouble.CHECKOUT_SIGNED_OUT):
            return _go_and_sign_in(request)
        if self._till.troubles.has(Trouble.CHECKOUT_START) and request.url.path == "/checkout":
            return RedirectResponse("/checkout/start", 302)
        return self._show(request, self._pages.checkout())

    async def _confirmation(self, request: Request) -> Response:
        last = self._till.orders[-1].number if self._till.orders else ""
        order = request.query_params.get("orderId")
        if order is None and last and request.url.path == "/checkout/confirmation":
            return RedirectResponse(f"{request.url.path}?orderId={last}", 302)
        return self._show(request, self._pages.confirmation(order or last))

    async def _orders(self, request: Request) -> Response:
        return self._show(request, self._pages.orders()) if self._knows(request) else _go_and_sign_in(request)

    async def _login(self, _: Request) -> Response:
        return HTMLResponse(self._pages.login())

    def _welcome(self, request: Request, lapse: Trouble) -> bool:
        """Whether they are signed in, after the session has lapsed where it is to."""
        if self._till.troubles.has(lapse):
            self._till.troubles.take(lapse)
            self._till.account.sign_out()
        return self._knows(request)

    def _knows(self, request: Request) -> bool:
        return self._till.account.knows(request.cookies)

    def _show(self, request: Request, page: str) -> Response:
        answer = HTMLResponse(page, headers={"Cache-Control": "no-store"})
        if self._knows(request):
            set_session(answer, self._till.account.renew(), self._till.account.lifetime)
        return answer


def _go_and_sign_in(request: Request) -> Response:
    return RedirectResponse(f"/login?redirect={request.url.path}", 302)
