"""What may be bought now, and why not, with numbers. Asked before an attempt and before its button."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from config.durations import span
from config.products import BuyMode, Channel, Mode, Product
from monitor.availability import Verdict, wanted_signal
from monitor.model import Reading, StockState
from purchasing.model import TARGET, ApprovalAnswer, Attempt, Line, Review, Standing

#: How far the clock may be behind what was written before, until it counts as wrong.
CLOCK_SLIP = timedelta(seconds=5)


def why_not_buy(line: Line, standing: Standing, verdict: Verdict, *, at: datetime) -> str | None:
    """Why this product can't be attempted now, else None. Neither slot nor age of the reading counts here.

    `verdict` is whether the shop sells it as it is wanted.
    """
    return (
        standing.gate_shut
        or (standing.paused and "watching is paused")
        or (line.paused and "the product is paused")
        or (not line.product.enabled and "the product is disabled")
        or (line.product.buy is BuyMode.ALERT and "it is watched for alerts only")
        or _why_skipped(line)
        or verdict.why
        or _why_not_by_mode(line, standing, at=at)
        or None
    )


def _why_skipped(line: Line) -> str | None:
    """A person's no holds until the restock window has closed, in every mode and whatever is wanted since."""
    approval = line.approval
    if approval is None or approval.answer is not ApprovalAnswer.SKIP:
        return None
    return f"{approval.answered_by} said skip for this restock"


def missing(line: Line, mode: Mode) -> int:
    """How many an attempt is to buy: in `live` what is still missing, and no more than the shop sells a household."""
    return line.product.quantity if mode is not Mode.LIVE else _most(line) - line.bought


def _most(line: Line) -> int:
    """How many may be bought in all: what is wanted, or what the shop sells to one household if that is less."""
    wanted, sold = line.product.quantity, line.purchase_limit
    return wanted if sold is None else min(wanted, sold)


def why_too_old(line: Line, standing: Standing, *, at: datetime) -> str | None:
    """Why no attempt may start from the last certain reading, else None."""
    seen_at = standing.seen.of(line)
    if seen_at is None:
        return "no certain reading yet"
    age = at - seen_at
    if age < -CLOCK_SLIP:
        return "its last certain reading lies ahead of the clock"
    if age <= standing.limits.freshness:
        return None
    return f"its last certain reading is {span(age)} old"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedLimit:
    """A limit of `live` that bars a purchase now."""

    #: Tells it from other limits and other days, so that each is told once.
    key: str
    why: str


def _why_not_by_mode(line: Line, standing: Standing, *, at: datetime) -> str | None:
    if line.is_drill:
        return _why_not_approved(line, standing, at=at)
    match standing.mode:
        case Mode.SIMULATE:
            return None
        case Mode.REHEARSE:
            return "it was rehearsed in this restock window" if line.attempts_in_window else None
        case Mode.LIVE:
            limit = reached_limit(line, standing)
            if limit is not None:
                return limit.why
            return _why_not_approved(line, standing, at=at) or _why_cooling_down(standing, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addition:
    """What an attempt adds to what counts; nothing once it is counted in."""

    pieces: int = 0
    attempts: int = 0
    purchases: int = 0
    spend: Decimal = Decimal(0)


def reached_limit(line: Line, standing: Standing) -> ReachedLimit | None:
    """The first limit of quantity, attempts, purchases or spend that bars another attempt on this in `live`."""
    price = (line.stock.price or cap_of(line) or Decimal(0)) * missing(line, standing.mode)
    return _first_reached(line, standing, _Addition(pieces=1, attempts=1, purchases=1, spend=price))


def _first_reached(line: Line, standing: Standing, more: _Addition) -> ReachedLimit | None:
    """The first limit that what counts already and this together are above."""
    limits, usage, wanted = standing.limits, standing.usage, line.product.quantity
    day, verb = usage.day.isoformat(), "were" if more.attempts else "would be"
    if line.bought + more.pieces > wanted:
        return ReachedLimit(key=f"quantity:{line.tcin}:{wanted}", why=f"{line.bought} of {wanted} wanted {verb} bought")
    if line.purchase_limit is not None and line.bought + more.pieces > line.purchase_limit:
        bought = f"{line.bought} of {line.purchase_limit} that the shop sells to one household {verb} bought"
        return ReachedLimit(key=f"household:{line.tcin}:{line.purchase_limit}", why=bought)
    if line.attempts_in_window + more.attempts > limits.max_per_window:
        made = f"{line.attempts_in_window} of {limits.max_per_window} attempts in this restock window {verb} made"
        opened = line.window.opened_at.isoformat() if line.window else day
        return ReachedLimit(key=f"per_window:{line.tcin}:{opened}", why=made)
    if usage.bought_today + more.purchases > limits.max_per_day:
        made = f"{usage.bought_today} of {limits.max_per_day} purchases today {verb} made"
        return ReachedLimit(key=f"per_day:{day}", why=made)
    if limits.max_spend_per_day is not None and usage.spent_today + more.spend > limits.max_spend_per_day:
        also = f"was spent today and {more.spend} more is" if more.attempts else "spent today would be"
        spent = f"{usage.spent_today} {also} above {limits.max_spend_per_day}"
        return ReachedLimit(key=f"spend:{day}:{line.tcin}", why=spent)
    return None


def spend_of(attempt: Attempt) -> Decimal:
    """What an attempt counts as spent: what was charged or reviewed, else what it may cost."""
    return attempt.total or (attempt.price or attempt.max_price or Decimal(0)) * attempt.quantity


def cap_of(line: Line) -> Decimal | None:
    """The highest price of one: the owner's cap, else the price on the button that was pressed."""
    if line.product.max_price is not None:
        return line.product.max_price
    return line.approval.price if line.approval is not None and line.approval.approves else None


def _why_not_approved(line: Line, standing: Standing, *, at: datetime) -> str | None:
    """Why nobody has said yes, else None."""
    approval = line.approval
    if line.product.buy is BuyMode.AUTO:
        return None if line.product.max_price is not None else "buying by itself needs a cap, like max=49.99"
    if approval is None or approval.used:
        return "it asks first"
    if approval.answer is ApprovalAnswer.EXPIRED:
        return "nobody answered in time; /buy still can"
    if approval.answer is None:
        return "it waits for an answer"
    if approval.is_over(at, holds=standing.limits.ask_expires):
        return f"{approval.answered_by} said buy too long ago; /buy still can"
    return None if cap_of(line) is not None else "its price is not known and it has no cap"


def _why_cooling_down(standing: Standing, *, at: datetime) -> str | None:
    last = standing.usage.last_confirmed_at
    if last is None or at >= last + standing.limits.cooldown:
        return None
    left = last + standing.limits.cooldown - at
    return f"the cooldown after the last purchase takes {span(left)} more"


def may_ask(line: Line, standing: Standing, verdict: Verdict) -> bool:
    """Whether the owner is to be asked now: nothing but an answer is missing, and none was asked for in this window."""
    asks = standing.mode is Mode.LIVE or line.is_drill
    if not asks or line.product.buy is not BuyMode.ASK or line.window is None:
        return False
    if line.approval is not None and not line.approval.used:
        return False
    barred = standing.gate_shut or standing.paused or line.paused or not line.product.enabled
    return not barred and verdict.buyable is True and (line.is_drill or reached_limit(line, standing) is None)


def why_not_press(attempt: Attempt, standing: Standing) -> str | None:
    """Why the button must not be pressed, asked when `submitting` is on disk, so that the attempt counts itself in."""
    line = next((line for line in standing.lines if line.tcin == attempt.tcin), None)
    if standing.gate_shut:
        return standing.gate_shut
    if line is None:
        return "no longer watched"
    if why := why_no_longer_wanted(line.product, attempt) or _why_skipped(line):
        return why
    caps = [cap for cap in (line.product.max_price, attempt.max_price) if cap is not None]
    price = line.stock.price
    if caps and price is not None and price > min(caps):
        return f"price {price} is above the cap {min(caps)}"
    reached = _first_reached(line, standing, _Addition()) if attempt.mode is Mode.LIVE else None
    return reached.why if reached else None


def why_no_longer_wanted(product: Product, attempt: Attempt) -> str | None:
    """Why an attempt that is under way is not to go on, now that the owner wants this of its product; else None."""
    if not product.enabled:
        return "no longer watched"
    if product.buy is BuyMode.ALERT:
        return "it is now watched for alerts only"
    return None if product.channel in {attempt.channel, Channel.ANY} else f"it is now wanted by {product.channel}"


def why_not_confirmed(reading: Reading, product: Product, attempt: Attempt) -> str | None:
    """Why a fresh look at the product does not confirm that it is what is to be bought, else None.

    What may stay untold for an alert must be told for a purchase: stock, seller and price.
    """
    signal = wanted_signal(reading, product.channel)
    caps = [cap for cap in (product.max_price, attempt.max_price) if cap is not None]
    if signal.state is StockState.UNKNOWN:
        return f"a second look told nothing certain: {reading.trouble or signal.word or 'no word of it'}"
    if signal.state is not StockState.IN_STOCK:
        return f"a second look found it out of stock ({signal.word})"
    if reading.marketplace is not False:
        seller = "no seller" if reading.marketplace is None else "a marketplace seller"
        return f"a second look found {seller}"
    if reading.price is None:
        return "a second look found no price"
    if caps and reading.price > min(caps):
        return f"a second look found the price {reading.price}, above the cap {min(caps)}"
    if reading.purchase_limit is not None and attempt.quantity > reading.purchase_limit:
        return f"a second look found that the shop sells {reading.purchase_limit} to one household"
    return None


def why_not_order(review: Review, attempt: Attempt, *, allowance: Decimal) -> str | None:
    """Why what the shop is about to sell is not what is wanted, else None.

    Wanted is just the item, from the shop itself, by the wanted channel, within cap and allowance.
    """
    if dict(review.items) != {attempt.tcin: attempt.quantity}:
        held = ", ".join(f"{count} x {tcin}" for tcin, count in review.items.items()) or "nothing"
        return f"the cart holds {held}, wanted is {attempt.quantity} x {attempt.tcin}"
    if why := _why_not_offer(review, attempt):
        return why
    if attempt.max_price is None:
        return "there is no cap for it" if attempt.mode is Mode.LIVE else None
    if review.subtotal is not None and review.subtotal > attempt.max_price * attempt.quantity:
        return f"the cart costs {review.subtotal}, above the cap {attempt.max_price * attempt.quantity}"
    highest = (attempt.max_price * attempt.quantity * (1 + allowance)).quantize(Decimal("0.01"))
    if review.total is None:
        return "the total could not be read"
    if review.total > highest:
        return f"the total {review.total} is above {highest}, the cap with its allowance"
    return None


def _why_not_offer(review: Review, attempt: Attempt) -> str | None:
    """Why the way in which it would come, or who sells it, is not as wanted; what is not told is not as wanted."""
    if review.channel not in {Channel.SHIPPING, Channel.PICKUP}:
        return "the review page did not tell whether it comes by shipping or pickup"
    if attempt.channel not in {review.channel, Channel.ANY}:
        return f"it would come by {review.channel}, wanted is {attempt.channel}"
    if review.seller is None:
        return "the review page did not tell who sells it"
    return None if review.seller == TARGET else f"it is sold by {review.seller}"
