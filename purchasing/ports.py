"""What buying needs from outside."""

from typing import Protocol

from purchasing.model import Attempt, Receipt, Review


class Buyer(Protocol):
    """Takes one attempt through the shop, act by act. Each act is called at most once for an attempt, in this order.

    Every method may be cancelled at any await. All but `submit` may raise NothingOrdered, and must not order anything.
    """

    async def cart(self, attempt: Attempt) -> None:
        """Put the wanted item and quantity into the cart, and nothing else."""

    async def review(self, attempt: Attempt) -> Review:
        """Go to the last page before the button and read what it would sell. The button can be pressed then."""

    async def submit(self, attempt: Attempt) -> Receipt:
        """Press the button and wait for the confirmation.

        The press is on its way before anything is waited for, so that nothing comes between the caller's last look at
        the gate and it.

        Raises:
            Refused: the shop clearly said no.
            OutcomeUnknown: pressed, or perhaps pressed, without a clear answer. A cancelled call means the same.
        """

    def take_back(self) -> None:
        """A stop came: a press that is on its way and has not happened yet is taken back; one that has is followed."""

    async def clean(self, attempt: Attempt) -> None:
        """Take out of the cart what this attempt put in; well when there is nothing of it.

        Raises:
            NothingOrdered: it could not be done; the message says why.
        """


class Orders(Protocol):
    """The shop's list of the owner's orders. The method may be cancelled at any await."""

    async def find(self, attempt: Attempt) -> Receipt | None:
        """The order that this attempt placed; None means that a good reading of the list holds none that may be it.

        Raises:
            OrdersUnreadable: the list can't tell now.
        """


class Shopper(Buyer, Orders, Protocol):
    """Both sides of one shop: who buys there, and what the shop's list says was bought."""
