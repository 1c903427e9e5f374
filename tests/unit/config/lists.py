"""What the tests of the watch list are drawn from."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from config.products import BuyMode, Channel, Product, Tcin

tcins = st.from_regex(r"[0-9]{6,10}", fullmatch=True).filter(lambda number: set(number) != {"0"}).map(Tcin)
prices = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(9999), places=2)
names = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: " ".join(text.split()) or None)


@st.composite
def products(draw: st.DrawFn) -> Product:
    price = draw(st.none() | prices)
    return Product(
        tcin=draw(tcins),
        name=draw(names),
        max_price=price,
        quantity=draw(st.integers(1, 9)),
        buy=draw(st.sampled_from([mode for mode in BuyMode if price is not None or mode is not BuyMode.AUTO])),
        channel=draw(st.sampled_from(Channel)),
        every=draw(st.none() | st.integers(10_000, 60_000_000).map(lambda micros: timedelta(microseconds=micros))),
        enabled=draw(st.booleans()),
    )


products_lists = st.lists(products(), max_size=4, unique_by=lambda product: product.tcin)
