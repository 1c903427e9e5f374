"""What may go wrong with buying.

PurchasingError
  * NothingOrdered      certainly nothing was ordered: may be tried again
      * Refused         the shop said no to the order
      * CalledOff       the owner, a limit or the end of the process stopped it before the button
      * BrowserLost     the browser did not start, died, or does not answer
          * NoScreen    it was to show its window, and there is no screen
  * OutcomeUnknown      something may have been ordered: never try again, ask the order list
  * OrdersUnreadable    the order list can't tell now: ask again later
  * SlotTaken           another attempt holds the slot
  * IllegalTransition         no arrow leads there; nothing was changed
"""


class PurchasingError(Exception):
    """Anything that this room raises on purpose."""


class NothingOrdered(PurchasingError):
    """Certainly nothing was ordered; the message says why.

    `picture` is the file with a picture of the page, `need` what only the owner can do, such as `cvv`.
    """

    def __init__(self, why: str = "", *, picture: str | None = None, need: str | None = None) -> None:
        super().__init__(why)
        self.picture = picture
        self.need = need


class Refused(NothingOrdered):
    """The shop refused the order; the message holds its reason."""


class CalledOff(NothingOrdered):
    """Stopped before the button; the message says by what."""


class BrowserLost(NothingOrdered):
    """The browser did not start, died, or does not answer; the next use begins a new one."""


class NoScreen(BrowserLost):
    """The browser was to show its window, and there is no screen."""


class OutcomeUnknown(PurchasingError):
    """The button may have been pressed and no confirmation was seen; `picture` and `need` as of NothingOrdered."""

    def __init__(self, why: str = "", *, picture: str | None = None, need: str | None = None) -> None:
        super().__init__(why)
        self.picture = picture
        self.need = need


class OrdersUnreadable(PurchasingError):
    """The order list could not be read, so that it says neither yes nor no; `picture`, `need` as of NothingOrdered."""

    def __init__(self, why: str = "", *, picture: str | None = None, need: str | None = None) -> None:
        super().__init__(why)
        self.picture = picture
        self.need = need


class SlotTaken(PurchasingError):
    """Another attempt holds the slot."""


class IllegalTransition(PurchasingError):
    """The machine has no such arrow, or the row no longer stood where the arrow begins."""
