"""What a call asks: which calls there are, how many products go into one, and what is sent along."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from config.products import Tcin
from monitor.poll_plan import MOST_IN_CALL

SUMMARIES: Final = "product_summary_with_fulfillment_v1"
FULFILLMENT: Final = "product_fulfillment_and_variation_hierarchy_v1"
DETAILS: Final = "pdp_client_v1"

MOST_TCINS = MOST_IN_CALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """From where the owner looks: a physical store, and what else may be sent along."""

    store_id: str
    zip: str | None = None
    state: str | None = None
    latitude: str | None = None
    longitude: str | None = None


def split_evenly(tcins: Sequence[Tcin], most: int = MOST_TCINS) -> list[tuple[Tcin, ...]]:
    """As few chunks as may be, each as long as the next or one longer: 33 are 17 and 16, not 28 and 5."""
    count = -(-len(tcins) // most)
    ends = [len(tcins) * number // count for number in range(count + 1)] if count else []
    return [tuple(tcins[begin:end]) for begin, end in pairwise(ends)]


def split_in_two(tcins: Sequence[Tcin]) -> list[tuple[Tcin, ...]]:
    return split_evenly(tcins, most=-(-len(tcins) // 2))


def bulk_query(tcins: Sequence[Tcin], location: Location, visitor_id: str) -> dict[str, str]:
    return {"tcins": ",".join(tcins)} | _common_query(tcins[0], location, visitor_id)


def single_query(tcin: Tcin, location: Location, visitor_id: str) -> dict[str, str]:
    prices = {"pricing_store_id": location.store_id, "has_pricing_context": "true"}
    return {"tcin": tcin} | _common_query(tcin, location, visitor_id) | prices


def _common_query(tcin: Tcin, location: Location, visitor_id: str) -> dict[str, str]:
    # The shop's own pages send is_bot=false besides. We are one, and don't say otherwise.
    parameters: dict[str, str | None] = {
        "store_id": location.store_id,
        "zip": location.zip,
        "state": location.state,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "scheduled_delivery_store_id": location.store_id,
        "required_store_id": location.store_id,
        "visitor_id": visitor_id,
        "channel": "WEB",
        "page": f"/p/A-{tcin}",
    }
    return {name: value for name, value in parameters.items() if value is not None}
