"""What people are told without asking, besides alerts: a stop, a mode, blindness, and what is wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from bot.text.draft import Button, Buttons
from bot.text.markup import (
    FULL_TITLE,
    code,
    cut,
    day_time,
    full_time,
    headed,
    join_lines,
    product_heading,
    quoted,
)
from bot.text.reasons import as_sentence, begin_large, blind_words, reason
from config.durations import span
from config.products import Mode, Tcin
from purchasing.controls import REST_WORDS
from purchasing.events import (
    Blind,
    ChecksQuick,
    ChecksSlow,
    Control,
    CutAttempt,
    Event,
    NamedProduct,
    ProductLearned,
    ProductsDelisted,
    ProductsListed,
    ProductsUnread,
    Restored,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
)
from purchasing.rules.state_machine import BEFORE_BUTTON


def render_stop_news(by: str, cut: CutAttempt | None, *, mode: Mode) -> str:
    """Told to everyone, with what was cut short and at which step."""
    stopped = headed(mode, f"<b>Buying is off.</b> {begin_large(by)} stopped it. I keep watching and alerting.")
    return join_lines([stopped, cut_words(cut), "An owner turns it on again with /rearm."])


def render_pause_news(by: str, until: datetime | None, *, mode: Mode, zone: tzinfo) -> str:
    """Told to the owners: nothing of what they wait for comes while it holds."""
    lasts = "" if until is None else f" until {day_time(until, zone)}"
    return headed(mode, f"<b>Paused{lasts}</b> by {quoted(by)}. I check nothing and no alerts come; /resume ends it.")


def render_resume_news(by: str, *, mode: Mode) -> str:
    return headed(mode, f"<b>I am checking again.</b> {quoted(by)} ended the pause.")


def render_still_held(held: StillHeld, by: str, *, at: datetime, mode: Mode, zone: tzinfo) -> str:
    """A reminder of what may be forgotten."""
    since = f"for {span(at - held.since)} now, since {day_time(held.since, zone)}, by {quoted(by)}"
    if held.what is Control.PAUSE:
        return headed(mode, f"<b>Still paused</b>, {since}. I check nothing until you send /resume.")
    return headed(mode, f"<b>Buying is still off</b>, {since}. I buy nothing until an owner sends /rearm.")


def cut_words(cut: CutAttempt | None) -> str | None:
    """What a stop did to the attempt that was under way."""
    if cut is None:
        return None
    done = "Called off in time" if cut.step in BEFORE_BUTTON else "Ordered already, so I follow it to its end"
    return f"{done} (attempt {cut.attempt}): {product_heading(cut.title, cut.tcin)}"


def render_rearm_news(by: str, passed_over: datetime | None = None, *, mode: Mode, zone: tzinfo) -> str:
    armed = headed(mode, f"<b>Buying is on again.</b> {quoted(by)} turned it on.")
    if passed_over is None:
        return armed
    return f"{armed} I take this computer's clock as right, although it was {full_time(passed_over, zone)} before."


def render_mode_news(by: str, *, mode: Mode) -> str:
    means = {
        Mode.SIMULATE: "From now on I only practise buying: nothing is ordered.",
        Mode.REHEARSE: "From now on I rehearse up to the order button: nothing is ordered.",
        Mode.LIVE: "<b>From now on purchases are real.</b>",
    }
    return headed(mode, f"{means[mode]} {quoted(by)} chose that.")


def render_blind(blind: Blind, *, mode: Mode, zone: tzinfo, at: datetime) -> str:
    return headed(mode, blind_words(blind.why, blind.until, zone, at=at))


def render_sighted(sighted: Sighted, *, mode: Mode) -> str:
    lasted = span(timedelta(seconds=sighted.lasted_s))
    return headed(mode, f"<b>I can see Target again</b>, after {lasted} in which I could not.")


def render_checks_slow(slow: ChecksSlow, *, mode: Mode) -> str:
    took = f"each took over 3 seconds, the last one {slow.took_ms / 1000:.1f}"
    head = f"<b>Checks take longer than they should</b>: {took}."
    means = "Target or this computer's connection is slow. Alerts may come that much later; I watch and buy as before."
    return headed(mode, f"{head} {means}")


def render_checks_quick(quick: ChecksQuick, *, mode: Mode) -> str:
    lasted = span(timedelta(seconds=quick.lasted_s))
    return headed(mode, f"<b>Checks are quick again</b>, after {lasted} in which they took too long.")


#: The title of a variation is cut on its button.
VARIATION = 50
#: Of one kind, a summary names no more.
MOST_NAMED = 20


def render_storage_failed(failed: StorageFailed, *, mode: Mode) -> str:
    """Told afterwards: what is not on disk is not said."""
    lasted = span(timedelta(seconds=failed.lasted_s))
    why = as_sentence(failed.why)
    return headed(mode, f"<b>For {lasted} I could not store anything</b>, so I bought nothing. {why} It works again.")


def render_storage_displaced(displaced: StorageDisplaced, *, mode: Mode) -> str:
    why = f"<b>Somebody touched my stored data</b>, so I buy nothing ({reason(displaced.why)})."
    ends = "That ends when the same files are back, or when Stockbell is started again. I keep watching and alerting."
    return headed(mode, f"{why} {ends}")


def render_storage_back(back: StorageBack, *, mode: Mode) -> str:
    lasted = span(timedelta(seconds=back.lasted_s))
    return headed(mode, f"<b>My stored data is back</b> as it was, after {lasted}. Buying goes on as before.")


def render_restored(restored: Restored, *, mode: Mode, zone: tzinfo) -> str:
    """Told to the owners: what they should look at before anything may be bought again."""
    made = "" if restored.backup_at is None else f" of {day_time(restored.backup_at, zone)}"
    head = headed(mode, f"<b>I was restored from a backup{made}</b>, and know nothing of what happened since then.")
    look = "Buying is off. Look at your orders at Target before you turn it on with /rearm."
    why = "What was bought since then would be bought once more."
    return join_lines([head, f"{look} {why}", "Look at /users, /mode and /list too: all of it is as it was then."])


def render_note(note: str, *, mode: Mode) -> str:
    return headed(mode, as_sentence(note))


def render_untold(event: Event, *, mode: Mode) -> str:
    which = f"{quoted(event.kind.replace('_', ' '))}, number {event.seq}"
    return headed(mode, f"Something happened that I could not put into words ({which}). My log says why.")


def render_watchlist_trouble(problems: Sequence[str], *, mode: Mode) -> str:
    lines = [headed(mode, "<b>The file watchlist.toml has a mistake.</b> I go on with the list as it was.")]
    return join_lines([*lines, *(quoted(problem) for problem in problems)])


def render_unread(fact: ProductsUnread, *, mode: Mode) -> str:
    """For products of which checks tell nothing certain, so that no alert can come of them."""
    count = len(fact.products)
    head = "<b>I can't read this product</b>" if count == 1 else f"<b>I can't read {count} products</b>"
    lines = [f"{product_heading(one.title, one.tcin)}: {as_sentence(one.why)}" for one in fact.products[:MOST_NAMED]]
    more = f"and {count - MOST_NAMED} more: /list" if count > MOST_NAMED else None
    no_alert = f"No alert comes of {'it' if count == 1 else 'them'} until Target tells more. /remove takes one off."
    return join_lines([headed(mode, f"{head}:"), *lines, more, no_alert])


def render_delisted(fact: ProductsDelisted, *, mode: Mode) -> str:
    """For products that the shop has not known for long."""
    is_one = len(fact.products) == 1
    head = "<b>Target doesn't list this product any more</b>" if is_one else "<b>Target doesn't list these any more</b>"
    rest = f"Nothing was found for a day, so I look only every {REST_WORDS} now, and go on as before when"
    after = f"{'it is' if is_one else 'one is'} back. /remove takes {'it' if is_one else 'one'} off."
    return join_lines([headed(mode, f"{head}:"), *_headings(fact.products), f"{rest} {after}"])


def render_listed(fact: ProductsListed, *, mode: Mode) -> str:
    """For products that the shop knows again after that."""
    head = "Target lists this again, and I check it as often as before:"
    return join_lines([headed(mode, head), *_headings(fact.products)])


def _headings(products: Sequence[NamedProduct]) -> list[str]:
    lines = [product_heading(one.title, one.tcin) for one in products[:MOST_NAMED]]
    return [*lines, f"and {len(products) - MOST_NAMED} more: /list"] if len(products) > MOST_NAMED else lines


def render_emptied_watchlist(removed: Sequence[Tcin], *, mode: Mode) -> str:
    count = f"all {len(removed)} products were" if len(removed) > 1 else "its one product was"
    return headed(mode, f"<b>Nothing is watched any more.</b> The list is empty: {count} taken off it.")


def render_variations(learned: ProductLearned, *, mode: Mode) -> str:
    """For a product that has no stock of its own: what can be watched in its place."""
    head = headed(mode, f"{code(learned.tcin)} {quoted(learned.title or '', FULL_TITLE)}")
    lines = [head, "It comes in variations and can't be bought as such. Watch one of these instead:"]
    lines += [f"/add {child.tcin} {quoted(child.title or '', FULL_TITLE)}".rstrip() for child in learned.children]
    return join_lines(lines)


def variation_buttons(learned: ProductLearned) -> Buttons:
    """One for each of the first variations, which watches it."""
    return tuple(
        (Button(text=f"Watch {cut(child.title or '', VARIATION) or child.tcin}", data=f"/add {child.tcin}"),)
        for child in learned.children[:MOST_NAMED]
    )
