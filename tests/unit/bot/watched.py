"""Two watched products, and texts as who reads them sees them."""

from bot.text.draft import Buttons
from sandbox.telegram_html import parse_html
from tests.builders import A, B, in_stock, line, out_of_stock

TROVE = line(A, stock=in_stock(title="Trove"))
DRAGON = line(B, stock=out_of_stock(title="Dragon"))


def shown(text: str) -> list[str]:
    return parse_html(text).text.split("\n")


def data(buttons: Buttons) -> list[str | None]:
    return [button.data for row in buttons for button in row]
