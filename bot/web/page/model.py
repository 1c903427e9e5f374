"""What the page is made from, as one transaction read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.text.events import NOBODY, Names
from config.products import Tcin
from purchasing.events import Disagreement, Event
from purchasing.model import Attempt, Limits, Line, Overview, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One cycle, as far as it is shown."""

    at: datetime
    took_ms: int
    #: How many products the shop was asked for, and of how many it then told nothing certain.
    asked: int
    unknown: int
    in_stock: int
    #: Why nothing came of it, else None.
    failed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """How everything stood at one moment, and what led to it."""

    at: datetime
    overview: Overview
    next_check_at: datetime | None
    #: `healthy`, `degraded` or `unhealthy`, and why.
    health: str
    health_reasons: Sequence[str]
    #: Which outlets are not where the journal is, as the service last saw them.
    sync_problems: Sequence[str]
    #: Whether buying is off, by whatever.
    is_stopped: bool
    #: How often the shop was asked since the start, by call and by what came back.
    calls: Mapping[tuple[str, str], int]
    limits: Limits
    usage: Usage
    #: The last ones, the latest first.
    attempts: Sequence[Attempt]
    #: What is known of the products that all of this names, watched or not.
    known: Mapping[Tcin, Line]
    names: Names = NOBODY
    #: The last cycles, the oldest first.
    checks: Sequence[Check] = ()
    #: What happened, the latest last; quiet cycles are none of it.
    events: Sequence[Event] = ()
    disagreement: tuple[Disagreement, datetime] | None = None
    #: When restocks of each watched product began.
    restocks: Mapping[Tcin, Sequence[datetime]] = field(default_factory=dict)
