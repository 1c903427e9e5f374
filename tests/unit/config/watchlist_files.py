"""What is written into the file for hands, and an edit that does so."""

from datetime import timedelta

from config.products import Product, Tcin
from config.watchlist import ensure_present

ONE, TWO = Product(tcin=Tcin("111111")), Product(tcin=Tcin("222222"))
#: How long a file must stand before it is taken for whole.
SETTLE = timedelta(milliseconds=60)


def add(product: Product) -> "AddEdit":
    return AddEdit(product)


class AddEdit:
    def __init__(self, product: Product) -> None:
        self._product = product

    def __call__(self, text: str) -> str:
        return ensure_present(text, self._product)
