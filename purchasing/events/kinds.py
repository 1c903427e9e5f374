"""What events are called, and what all of them have in common."""

from enum import StrEnum
from typing import ClassVar

import msgspec


class EventKind(StrEnum):
    """What an event is called in the journal."""

    CYCLE_COMPLETED = "cycle_completed"
    ATTEMPT_MOVED = "attempt_moved"
    APPROVAL_ANSWERED = "ask_answered"
    APPROVAL_WITHDRAWN = "ask_withdrawn"
    APPROVAL_NUDGED = "ask_nudged"
    ORDER_FOUND = "order_found"
    CART_NOT_CLEANED = "cart_not_cleaned"
    CART_CLEANED = "cart_cleaned"
    CART_TAKEN = "cart_taken"
    LIMIT_REACHED = "limit_reached"
    DISAGREEMENT = "disagreement"
    CONTROL_CHANGED = "control_changed"
    WATCHLIST_CHANGED = "watchlist_changed"
    WATCHLIST_REFUSED = "watchlist_refused"
    PRODUCT_LEARNED = "product_learned"
    PRODUCTS_UNREAD = "products_unread"
    PRODUCTS_DELISTED = "products_delisted"
    PRODUCTS_LISTED = "products_listed"
    STILL_HELD = "still_held"
    COMMAND_DONE = "command_done"
    ACCESS_CHANGED = "access_changed"
    SESSION_EXPIRED = "session_expired"
    CAUGHT_UP = "caught_up"
    BLIND = "blind"
    SIGHTED = "sighted"
    CHECKS_SLOW = "checks_slow"
    CHECKS_QUICK = "checks_quick"
    DAY_SUMMED_UP = "day_summed_up"
    DRILL_STARTED = "drill_started"
    DRILL_ENDED = "drill_ended"
    OUTLET_FAILED = "outlet_failed"
    OUTLET_BACK = "outlet_back"
    STORAGE_FAILED = "storage_failed"
    STORAGE_DISPLACED = "storage_displaced"
    STORAGE_BACK = "storage_back"
    RESTORED = "restored"
    SERVICE_STARTED = "service_started"
    SERVICE_STOPPED = "service_stopped"


class Fact(msgspec.Struct, frozen=True):
    """What an event tells beside its number and its time. A field that is None by default is left out then."""

    kind: ClassVar[EventKind]
