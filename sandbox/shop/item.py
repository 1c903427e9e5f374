"""What the practice store sells."""

from dataclasses import dataclass, replace

#: The words with which an order is taken.
ORDERABLE = frozenset({"IN_STOCK", "LIMITED_STOCK", "PRE_ORDER_SELLABLE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One product as the store has it. `None` leaves the fact out of every answer."""

    tcin: str
    #: As the shop sends it, with HTML entities.
    title: str = "Practice product"
    #: A number ("49.99"), a range ("10.00-20.00") or words ("See price in cart").
    price: str | None = "19.99"
    #: The shop's words for the channels.
    shipping: str | None = "OUT_OF_STOCK"
    pickup: str | None = "UNAVAILABLE"
    in_store: str | None = "NOT_SOLD_IN_STORE"
    delivery: str | None = "UNAVAILABLE"
    marketplace: bool = False
    #: Who sells it; named in no answer where it is the shop itself.
    seller: str = "Target"
    purchase_limit: int | None = 2
    #: "SA" stands alone, "VAP" is a parent of variations without any stock of its own, "VC" is one of its children.
    relationship_type: str = "SA"
    #: TCINs of a parent's children, which are items too.
    children: tuple[str, ...] = ()
    #: The real bulk call often tells no price.
    price_in_summary: bool = True
    #: What the bulk call wrongly says of shipping, while every other call and the page tell the truth.
    shipping_in_summary: str | None = None
    #: YYYY-MM-DD
    street_date: str | None = None
    #: How many there are; None is enough for everybody. Orders use it up.
    quantity: int | None = None
    #: Whether it has a picture.
    image: bool = True

    @property
    def is_parent(self) -> bool:
        return self.relationship_type in {"VAP", "VPC"}

    def has(self, quantity: int) -> bool:
        """Whether so many can be ordered."""
        is_open = self.shipping in ORDERABLE or self.pickup in ORDERABLE
        return is_open and (self.quantity is None or quantity <= self.quantity)

    def less(self, quantity: int) -> "Item":
        """What is left when so many are sold; the last one closes every channel."""
        if self.quantity is None:
            return self
        if quantity < self.quantity:
            return replace(self, quantity=self.quantity - quantity)
        return replace(self, quantity=0, shipping="OUT_OF_STOCK", pickup="OUT_OF_STOCK")
