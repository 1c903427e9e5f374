"""When a product was not watched, as the journal tells: not on the list, at rest, or nobody was there. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from config.products import Tcin
from purchasing.events import Control, ControlChanged, Event, WatchlistChanged, unstamp
from purchasing.past import Gap

#: Before all that the journal tells.
EVER = datetime.min.replace(tzinfo=UTC)
_HOUR = timedelta(hours=1)


def unwatched_gaps(events: Sequence[Event], tcins: Collection[Tcin]) -> dict[Tcin, list[Gap]]:
    """Those of each of these products, out of all changes of the list and all pauses there ever were, in order."""
    of_all = list(_pauses(events, None))
    off_the_list, paused = _off_the_list(events, tcins), _paused(events)
    return {tcin: [*off_the_list[tcin], *_pauses(paused.get(tcin, ()), tcin), *of_all] for tcin in tcins}


def _off_the_list(events: Iterable[Event], tcins: Collection[Tcin]) -> dict[Tcin, list[Gap]]:
    gaps: dict[Tcin, list[Gap]] = {tcin: [] for tcin in tcins}
    off = dict.fromkeys(tcins, EVER)
    for event in events:
        if not isinstance(event.fact, WatchlistChanged):
            continue
        listed = frozenset(event.fact.order)
        for tcin in tcins:
            if tcin not in listed:
                off.setdefault(tcin, event.at)
            elif tcin in off:
                gaps[tcin].append(Gap(began=off.pop(tcin), ended=event.at))
    for tcin, began in off.items():
        gaps[tcin].append(Gap(began=began, ended=None))
    return gaps


def _paused(events: Iterable[Event]) -> dict[Tcin, list[Event]]:
    """The pauses of single products, by these."""
    by_product: defaultdict[Tcin, list[Event]] = defaultdict(list)
    for event in events:
        if isinstance(event.fact, ControlChanged) and event.fact.tcin is not None:
            by_product[event.fact.tcin].append(event)
    return by_product


def _pauses(events: Iterable[Event], tcin: Tcin | None) -> Iterator[Gap]:
    """Those of a product, or of all at once; an end that lies ahead was told with the pause."""
    began: datetime | None = None
    ends: datetime | None = None
    for event in events:
        match event.fact:
            case ControlChanged(what=Control.PAUSE, tcin=of, value=value) if of == tcin:
                if began is not None:
                    yield Gap(began=began, ended=event.at if ends is None else min(ends, event.at))
                began = None if value is False else event.at
                ends = unstamp(value) if isinstance(value, str) else None
    if began is not None:
        yield Gap(began=began, ended=ends)


def gaps_between_hours(watched: Collection[datetime], since: datetime, until: datetime) -> Iterator[Gap]:
    """The hours between in which the shop was never seen, those that follow each other as one."""
    hour, began = since.replace(minute=0, second=0, microsecond=0), None
    while hour < until:
        if hour in watched and began is not None:
            yield Gap(began=began, ended=hour)
            began = None
        elif hour not in watched and began is None:
            began = max(hour, since)
        hour += _HOUR
    if began is not None:
        yield Gap(began=began, ended=until)
