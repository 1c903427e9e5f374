"""The page's state: what stands on it, in the words in which it stands there.

The template and the script both fill the page from this, by the names of these fields, so that neither makes words of
its own. A time is UTC with Z; how long ago that is, the reader's page counts by the service's clock.
"""

import msgspec


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    tcin: str
    title: str
    #: Where a tap leads, in the chat; null where there is no such place.
    link: str | None
    #: As the status has them.
    stock: str
    purchase: str
    #: `in`, `held`, `out`, `unknown` or `off`: how the row looks.
    sign: str
    sign_words: str
    price: str
    #: Why nothing certain is known of it, or why it is not alerted.
    why: str
    #: Where buying it stands, if anywhere.
    buying: str
    seen_at: str | None


class SlotCard(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt under way."""

    tcin: str
    title: str
    attempt: str
    mode: str
    step: str
    #: How many of the four steps are done.
    done: int
    #: When that step was reached.
    since: str
    #: When it is given up; null past the button.
    completes_by: str | None


class QueuedRow(msgspec.Struct, frozen=True, kw_only=True):
    tcin: str
    title: str


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    seq: str
    when: str
    at: str
    words: str


class TroubleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a person should know of."""

    words: str


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was so."""

    words: str
    count: str


class CheckCard(msgspec.Struct, frozen=True, kw_only=True):
    """How the last cycles went, and their curves: seconds since 1970, milliseconds, products."""

    count: str
    usual: str
    slowest: str
    last: str
    asked: str
    answers: tuple[CountRow, ...]
    #: How often the shop was called since the start, and what came back.
    calls: str
    replies: tuple[CountRow, ...]
    at: tuple[float, ...]
    took_ms: tuple[int, ...]
    in_stock: tuple[int, ...]
    #: When the last of them ended.
    until: str | None


class HourCell(msgspec.Struct, frozen=True, kw_only=True):
    hour: str
    #: How dark it is, 0 to 4.
    level: int


class HourRow(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the week."""

    day: str
    hours: tuple[HourCell, ...]


class RestockCard(msgspec.Struct, frozen=True, kw_only=True):
    """In which hours restocks began."""

    words: str
    days: tuple[HourRow, ...]
    #: When the last of them began.
    last_at: str | None


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    attempt: str
    #: `bought`, `practised`, `failed`, `doubt` or `running`.
    ending: str
    title: str
    mode: str
    outcome: str
    at: str


class UseRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of a limit."""

    what: str
    used: str
    #: As a part of the limit, 0 to 100; null where there is none.
    percent: int | None


class PageState(msgspec.Struct, frozen=True, kw_only=True):
    """All of the page at one moment."""

    #: Of the page itself, which is loaded anew where it is another one.
    version: str
    seq: int
    #: The service's clock.
    server_time: str
    #: The name of the zone in which times are told; null where it has none.
    zone: str | None
    cycle_id: int
    mode: str
    mode_word: str
    buying: str
    stock: str
    #: When the next check begins; null where none is planned, and `waiting` tells why.
    next_check_at: str | None
    waiting: str
    last_good_check_at: str | None
    health: str
    health_words: str
    troubles: tuple[TroubleRow, ...]
    #: Whether all that was told is where the journal is.
    sync: str
    products: tuple[ProductRow, ...]
    slot: SlotCard | None
    queue: tuple[QueuedRow, ...]
    activity: tuple[EventRow, ...]
    checks: CheckCard
    restocks: RestockCard
    attempts: tuple[AttemptRow, ...]
    limits: tuple[UseRow, ...]
    disagreement: EventRow | None
