"""The two machines: states of a product and steps of an attempt. Each is one table; what has no arrow can't happen.

From `submitting` there is no arrow back, and none to `abandoned`: only the shop's confirmation, its clear refusal, or
`unconfirmed` lead on. From `unconfirmed` only the order list or the owner leads on. Nothing ever leads twice to the
button.
"""

from collections.abc import Mapping
from typing import TypeVar

from purchasing.errors import IllegalTransition
from purchasing.model import PurchaseState as P
from purchasing.model import Step

S = TypeVar("S", P, Step)
Table = Mapping[S, frozenset[S]]

STEPS: Table[Step] = {
    Step.OPENED: frozenset({Step.CARTED, Step.ABANDONED}),
    Step.CARTED: frozenset({Step.REVIEWED, Step.ABANDONED}),
    Step.REVIEWED: frozenset({Step.SUBMITTING, Step.REHEARSED, Step.ABANDONED}),
    Step.SUBMITTING: frozenset({Step.CONFIRMED, Step.REFUSED, Step.UNCONFIRMED}),
    Step.UNCONFIRMED: frozenset({Step.CONFIRMED, Step.REFUSED}),
    Step.CONFIRMED: frozenset(),
    Step.REFUSED: frozenset(),
    Step.ABANDONED: frozenset(),
    Step.REHEARSED: frozenset(),
}

PRODUCT: Table[P] = {
    P.READY: frozenset({P.QUEUED, P.ATTEMPTING}),
    P.QUEUED: frozenset({P.READY, P.ATTEMPTING}),
    P.ATTEMPTING: frozenset({P.PURCHASED, P.FAILED, P.READY, P.UNCONFIRMED}),
    P.UNCONFIRMED: frozenset({P.PURCHASED, P.FAILED}),
    P.PURCHASED: frozenset({P.READY}),
    P.FAILED: frozenset({P.READY}),
}

#: Where the product stands once its attempt has reached a step.
PRODUCT_AFTER: Mapping[Step, P] = {
    Step.OPENED: P.ATTEMPTING,
    Step.CARTED: P.ATTEMPTING,
    Step.REVIEWED: P.ATTEMPTING,
    Step.SUBMITTING: P.ATTEMPTING,
    Step.CONFIRMED: P.PURCHASED,
    Step.REFUSED: P.FAILED,
    Step.ABANDONED: P.FAILED,
    Step.REHEARSED: P.READY,
    Step.UNCONFIRMED: P.UNCONFIRMED,
}

#: An attempt at one of these holds the one slot.
HOLDS_SLOT = frozenset({Step.OPENED, Step.CARTED, Step.REVIEWED, Step.SUBMITTING, Step.UNCONFIRMED})

#: In `live` an attempt at one of these counts as bought and spent.
BOUGHT = frozenset({Step.SUBMITTING, Step.UNCONFIRMED, Step.CONFIRMED})

#: Nothing can have been ordered yet.
BEFORE_BUTTON = frozenset({Step.OPENED, Step.CARTED, Step.REVIEWED})

#: Ended without an order, so that something may be left in the cart.
ENDS_WITHOUT_ORDER = frozenset({Step.REFUSED, Step.ABANDONED, Step.REHEARSED})

#: What a restart makes of an attempt that was under way.
AFTER_RESTART: Mapping[Step, Step] = {
    Step.OPENED: Step.ABANDONED,
    Step.CARTED: Step.ABANDONED,
    Step.REVIEWED: Step.ABANDONED,
    Step.SUBMITTING: Step.UNCONFIRMED,
}

#: What a cycle may put back to `ready`.
FINISHED = frozenset({P.PURCHASED, P.FAILED})


def check_step(before: Step, after: Step) -> None:
    """Raises IllegalTransition: an attempt has no arrow from `before` to `after`."""
    _check(STEPS, before, after)


def check_state(before: P, after: P) -> None:
    """Raises IllegalTransition: a product has no arrow from `before` to `after`."""
    _check(PRODUCT, before, after)


def _check(table: Table[S], before: S, after: S) -> None:
    if after not in table[before]:
        raise IllegalTransition(f"there is no arrow from {before} to {after}")
