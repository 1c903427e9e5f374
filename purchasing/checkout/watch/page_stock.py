"""What a product's page says of its stock, beside the checks: it informs, and never buys."""

from config.products import Channel, Tcin
from monitor.model import StockState
from purchasing.checkout.model import Observation, PageStock, Seen, Wanted
from purchasing.checkout.pages import MarkerName, PageKind, Phrase
from purchasing.checkout.view import View


def read_page(seen: Seen, tcin: Tcin) -> PageStock | None:
    """None while the page tells nothing certain of this product through one channel."""
    wanted = Wanted(tcin=tcin, quantity=1, channel=Channel.ANY)
    view = View(Observation(seen=seen), wanted)
    channel = view.chosen_channel()
    if view.kind is not PageKind.PRODUCT or not view.is_of_product or view.account is None or channel is None:
        return None
    if view.is_ready(MarkerName.ADD):
        state = StockState.IN_STOCK
    elif view.shows(MarkerName.OUT_OF_STOCK) or view.says(Phrase.OUT_OF_STOCK):
        state = StockState.OUT_OF_STOCK
    else:
        return None
    return PageStock(tcin=tcin, state=state, channel=channel, signed_in=view.account)
