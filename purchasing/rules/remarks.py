"""What is remarked of products beside their stock, from one cycle to the next, and of which of them people are told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from msgspec import structs

from config.products import Tcin
from purchasing.controls import Remark
from purchasing.model import Line

#: People are told of a product of which so many cycles brought nothing certain. One may be a slip of the shop.
UNREAD_FOR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRemarks:
    """What is to be kept, and the products of which people are to be told now."""

    kept: Mapping[Tcin, Remark]
    due: frozenset[Tcin] = frozenset()


def keep_remarks(
    lines: Iterable[Line], fresh: Mapping[Tcin, Remark | None], *, asked: Collection[Tcin], cycle: int
) -> KeptRemarks:
    """The remarks on these lines after this cycle, which brought the fresh ones; each spell is told once.

    It is told in a cycle that asked for the product again: one that is seldom asked for may have met a slip.
    """
    kept: dict[Tcin, Remark] = {}
    due: list[Tcin] = []
    for line in lines:
        remark = fresh.get(line.tcin, line.remark)
        if remark is None:
            continue
        if not remark.cycle:
            remark = structs.replace(remark, cycle=cycle)
        is_due = cycle - remark.cycle >= UNREAD_FOR and line.tcin in asked
        if remark.unread and not remark.is_told and is_due:
            remark = structs.replace(remark, is_told=True)
            due.append(line.tcin)
        kept[line.tcin] = remark
    return KeptRemarks(kept=kept, due=frozenset(due))
