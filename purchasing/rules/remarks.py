"""What is remarked of products beside their stock, from one cycle to the next, and of which of them people are told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from config.products import Product, Tcin
from purchasing.controls import DELISTED_AFTER, REST_EVERY, Remark
from purchasing.model import Line

#: People are told of a product of which so many cycles brought nothing certain. One may be a slip of the shop.
UNREAD_FOR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRemarks:
    """What is to be kept, and the products of which people are to be told now."""

    kept: Mapping[Tcin, Remark]
    due: frozenset[Tcin] = frozenset()
    #: Put to rest now, as the shop has not known them for long, and known again after that.
    delisted: frozenset[Tcin] = frozenset()
    listed: frozenset[Tcin] = frozenset()


def keep_remarks(
    lines: Iterable[Line], fresh: Mapping[Tcin, Remark | None], *, asked: Collection[Tcin], cycle: int, at: datetime
) -> KeptRemarks:
    """The remarks on these lines after this cycle, which brought the fresh ones; each spell is told once.

    It is told in a cycle that asked for the product again: one that is seldom asked for may have met a slip.
    """
    kept: dict[Tcin, Remark] = {}
    due, delisted, listed = list[Tcin](), list[Tcin](), list[Tcin]()
    for line in lines:
        remark = fresh.get(line.tcin, line.remark)
        if line.remark is not None and line.remark.is_resting and (remark is None or not remark.is_resting):
            listed.append(line.tcin)
        if remark is None:
            continue
        if not remark.cycle:
            remark = structs.replace(remark, cycle=cycle)
        is_due = cycle - remark.cycle >= UNREAD_FOR and line.tcin in asked
        if remark.unread and not remark.is_told and is_due:
            remark = structs.replace(remark, is_told=True)
            due.append(line.tcin)
        if line.tcin in asked and _is_to_rest(remark, at=at):
            remark = structs.replace(remark, is_resting=True)
            delisted.append(line.tcin)
        kept[line.tcin] = remark
    return KeptRemarks(kept=kept, due=frozenset(due), delisted=frozenset(delisted), listed=frozenset(listed))


def _is_to_rest(remark: Remark, *, at: datetime) -> bool:
    since = remark.unlisted_since
    return since is not None and not remark.is_resting and at - since >= DELISTED_AFTER


def rest(products: Iterable[Product], resting: Collection[Tcin]) -> tuple[Product, ...]:
    """These, of which the resting ones are asked for seldom."""
    return tuple(
        replace(one, every=max(REST_EVERY, one.every or REST_EVERY)) if one.tcin in resting else one for one in products
    )
