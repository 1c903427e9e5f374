"""What a product's page says beside the checks: it informs, and never buys."""

from config.products import Channel, Tcin
from monitor.model import StockState
from purchasing.checkout.model import Observation, PageStock, Seen, Wanted
from purchasing.checkout.pages import MarkerName, PageKind, Phrase
from purchasing.checkout.view import View


def read_page(seen: Seen, tcin: Tcin) -> PageStock | None:
    """None while it is not this product's page, or does not tell whether somebody is signed in."""
    view = View(Observation(seen=seen), Wanted(tcin=tcin, quantity=1, channel=Channel.ANY))
    if view.kind is not PageKind.PRODUCT or not view.is_of_product or view.account is None:
        return None
    channel = view.chosen_channel()
    return PageStock(
        tcin=tcin, state=_stock_of(view, channel), channel=channel, signed_in=view.account, in_cart=view.count
    )


def _stock_of(view: View, channel: Channel | None) -> StockState:
    if view.is_ready(MarkerName.ADD):
        return StockState.UNKNOWN if channel is None else StockState.IN_STOCK
    if view.shows(MarkerName.OUT_OF_STOCK) or view.says(Phrase.OUT_OF_STOCK):
        return StockState.OUT_OF_STOCK
    return StockState.UNKNOWN
