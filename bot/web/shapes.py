"""What the addresses answer, for their description alone: the answers are made where they are read."""

from typing import Any

from pydantic import BaseModel


class ErrorShape(BaseModel):
    """Why there is no other answer."""

    detail: str


class HealthShape(BaseModel):
    """How the service is: `healthy`, `degraded` or `unhealthy`, and why."""

    status: str
    reasons: list[str]


class SlotShape(BaseModel):
    """The attempt that holds the slot."""

    tcin: str
    attempt: int
    step: str
    since: str


class ProductShape(BaseModel):
    """A product that is watched."""

    tcin: str
    title: str | None
    stock: str
    detail: str | None
    price: str | None
    seen_at: str | None
    purchase: str
    why: str | None


class PaceShape(BaseModel):
    """How often a product is asked for, where the owner's budget has no room for all in every cycle."""

    every_s: float


class StatusShape(BaseModel):
    """How everything stands."""

    mode: str
    stopped: bool
    paused: bool
    blind_since: str | None
    last_good_check_at: str | None
    next_check_at: str | None
    cycle_id: int
    slot: SlotShape | None
    products: list[ProductShape]
    plan: dict[str, PaceShape]


class FullSyncShape(BaseModel):
    """How everything stands and what led to it, as one transaction read it; `seq` is the last event's."""

    seq: int
    server_time: str
    status: StatusShape
    recent: list[dict[str, Any]]


class OutletShape(BaseModel):
    """How far an outlet has told the journal."""

    name: str
    seq: int
    lag_s: float
    ok: bool


class SyncShape(BaseModel):
    """Whether all outlets are where the journal is."""

    ok: bool
    seq: int
    outlets: list[OutletShape]
