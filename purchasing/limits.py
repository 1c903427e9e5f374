"""What may be bought now, and why not, with numbers. Asked before an attempt and before its button."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from config.products import BuyMode, Mode
from monitor.judge import judge
from purchasing.model import Answer, Attempt, Line, Review, Standing


def why_not_buy(line: Line, standing: Standing, *, at: datetime) -> str | None:
    """Why this product can't be attempted now, else None. Neither slot nor age of the reading counts here."""
    return (
        standing.gate_shut
        or (standing.paused and "watching is paused")
        or (line.paused and "the product is paused")
        or (not line.product.enabled and "the product is disabled")
        or (line.product.buy is BuyMode.ALERT and "it is watched for alerts only")
        or judge(line.product, line.stock).why
        or _why_not_by_mode(line, standing, at=at)
        or None
    )


def missing(line: Line, mode: Mode) -> int:
    """How many an attempt is to buy: in `live` what is still missing, and no more than the shop sells at once."""
    if mode is not Mode.LIVE:
        return line.product.quantity
    left = line.product.quantity - line.bought
    return left if line.purchase_limit is None else min(left, line.purchase_limit)


def why_too_old(line: Line, standing: Standing, *, at: datetime) -> str | None:
    """Why no attempt may start from the last certain reading, else None."""
    if line.stock.seen_at is None:
        return "no certain reading yet"
    age = at - line.stock.seen_at
    if age <= standing.limits.freshness:
        return None
    return f"its last certain reading is {age.total_seconds():.0f} s old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bite:
    """A limit of `live` that bars a purchase now."""

    #: Tells this bite from others, so that each is told once.
    key: str
    why: str


def _why_not_by_mode(line: Line, standing: Standing, *, at: datetime) -> str | None:
    if line.is_drill:
        return _why_not_approved(line)
    match standing.mode:
        case Mode.SIMULATE:
            return None
        case Mode.REHEARSE:
            return "it was rehearsed in this restock window" if line.attempts_in_window else None
        case Mode.LIVE:
            bite = limit_that_bites(line, standing, at=at)
            return bite.why if bite else _why_not_approved(line) or _why_cooling_down(standing, at=at)


def limit_that_bites(line: Line, standing: Standing, *, at: datetime) -> Bite | None:
    """The first limit of quantity, attempts, purchases or spend that bars this product in `live`."""
    limits, usage, product = standing.limits, standing.usage, line.product
    price = (line.stock.price or cap_of(line) or Decimal(0)) * missing(line, standing.mode)
    day = at.date().isoformat()
    if line.bought >= product.quantity:
        return Bite(key=f"quantity:{line.tcin}", why=f"{line.bought} of {product.quantity} wanted were bought")
    if line.attempts_in_window >= limits.max_per_window:
        made = f"{line.attempts_in_window} of {limits.max_per_window} attempts in this restock window were made"
        opened = line.window.opened_at.isoformat() if line.window else day
        return Bite(key=f"per_window:{line.tcin}:{opened}", why=made)
    if usage.bought_today >= limits.max_per_day:
        made = f"{usage.bought_today} of {limits.max_per_day} purchases today were made"
        return Bite(key=f"per_day:{day}", why=made)
    if limits.max_spend_per_day is not None and usage.spent_today + price > limits.max_spend_per_day:
        spent = f"{usage.spent_today} was spent today and {price} more is above {limits.max_spend_per_day}"
        return Bite(key=f"spend:{day}:{line.tcin}", why=spent)
    return None


def cap_of(line: Line) -> Decimal | None:
    """The highest price of one: the owner's cap, else the price on the button that was pressed."""
    if line.product.max_price is not None:
        return line.product.max_price
    return line.ask.price if line.ask is not None and line.ask.approves else None


def _why_not_approved(line: Line) -> str | None:
    """Why nobody has said yes, else None."""
    ask = line.ask
    if line.product.buy is BuyMode.AUTO:
        return None if line.product.max_price is not None else "buying by itself needs max_price"
    if ask is None or ask.used:
        return "it asks first"
    if ask.answer is Answer.SKIP:
        return f"{ask.answered_by} said skip"
    if ask.answer is Answer.EXPIRED:
        return "nobody answered in time; /buy still can"
    if ask.answer is None:
        return "it waits for an answer"
    return None if cap_of(line) is not None else "its price is not known and it has no cap"


def _why_cooling_down(standing: Standing, *, at: datetime) -> str | None:
    last = standing.usage.last_confirmed_at
    if last is None or at >= last + standing.limits.cooldown:
        return None
    left = last + standing.limits.cooldown - at
    return f"the cooldown after the last purchase takes {left.total_seconds():.0f} s more"


def may_ask(line: Line, standing: Standing, *, at: datetime) -> bool:
    """Whether the owner is to be asked now: nothing but an answer is missing, and none was asked for in this window."""
    asks = standing.mode is Mode.LIVE or line.is_drill
    if not asks or line.product.buy is not BuyMode.ASK or line.window is None:
        return False
    if line.ask is not None and not line.ask.used:
        return False
    barred = standing.gate_shut or standing.paused or line.paused or not line.product.enabled
    return (
        not barred
        and judge(line.product, line.stock).buyable is True
        and (line.is_drill or limit_that_bites(line, standing, at=at) is None)
    )


def why_not_press(attempt: Attempt, standing: Standing) -> str | None:
    """Why the button must not be pressed, asked when `submitting` is on disk, so that the attempt counts itself in."""
    line = next((line for line in standing.lines if line.tcin == attempt.tcin), None)
    if standing.gate_shut:
        return standing.gate_shut
    if line is None or not line.product.enabled:
        return "no longer watched"
    caps = [cap for cap in (line.product.max_price, attempt.max_price) if cap is not None]
    price = line.stock.price
    if caps and price is not None and price > min(caps):
        return f"price {price} is above the cap {min(caps)}"
    if attempt.mode is not Mode.LIVE:
        return None
    limits, usage = standing.limits, standing.usage
    if line.bought > line.product.quantity:
        return f"{line.bought} would be bought, wanted are {line.product.quantity}"
    if usage.bought_today > limits.max_per_day:
        return f"{usage.bought_today} purchases today are above {limits.max_per_day}"
    if limits.max_spend_per_day is not None and usage.spent_today > limits.max_spend_per_day:
        return f"{usage.spent_today} spent today is above {limits.max_spend_per_day}"
    return None


def why_not_order(review: Review, attempt: Attempt, *, allowance: Decimal) -> str | None:
    """Why what the shop is about to sell is not what is wanted, else None: just the item, within cap and allowance."""
    if dict(review.items) != {attempt.tcin: attempt.quantity}:
        held = ", ".join(f"{count} x {tcin}" for tcin, count in review.items.items()) or "nothing"
        return f"the cart holds {held}, wanted is {attempt.quantity} x {attempt.tcin}"
    if attempt.max_price is None:
        return None
    highest = (attempt.max_price * attempt.quantity * (1 + allowance)).quantize(Decimal("0.01"))
    if review.total is None:
        return "the total could not be read"
    if review.total > highest:
        return f"the total {review.total} is above {highest}, the cap with its allowance"
    return None
