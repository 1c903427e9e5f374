"""A question that must be answered with its code before something grave is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from purchasing.events import stamp, unstamp
from purchasing.model import Json

#: How long the code of the first answer holds.
HOLDS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """`what` is to be said again by the same person, with `code`, before `expires_at`."""

    what: str
    by: str
    code: str
    expires_at: datetime

    def is_met(self, *, what: str, by: str, code: str | None, at: datetime) -> bool:
        return (self.what, self.by, self.code) == (what, by, code) and at <= self.expires_at


def new_challenge(what: str, *, by: str, rng: Random, at: datetime) -> Challenge:
    return Challenge(what=what, by=by, code=f"{rng.randrange(10_000):04d}", expires_at=at + HOLDS)


def challenge_value(challenge: Challenge) -> Json:
    return {
        "what": challenge.what,
        "by": challenge.by,
        "code": challenge.code,
        "expires_at": stamp(challenge.expires_at),
    }


def challenge_of(value: Json | None) -> Challenge | None:
    if value is None:
        return None
    return Challenge(what=value["what"], by=value["by"], code=value["code"], expires_at=unstamp(value["expires_at"]))
