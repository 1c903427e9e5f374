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
from config.durations import span
from config.products import Mode, Tcin
from purchasing.events import (
    AccessChanged,
    Blind,
    Control,
    CutAttempt,
    Event,
    ProductLearned,
    ProductsUnread,
    Sighted,
    StillHeld,
    StorageBack,
    StorageDisplaced,
    StorageFailed,
)
from purchasing.rules.state_machine import BEFORE_BUTTON


def render_stop_news(by: str, cut: CutAttempt | None, *, mode: Mode) -> str:
    """Told to everyone, with what was cut short and at which step."""
    stopped = headed(mode, f"<b>stopped</b> by {quoted(by)}: nothing is bought until /rearm. Watching goes on.")
    return join_lines([stopped, cut_words(cut)])


def render_pause_news(by: str, until: datetime | None, *, mode: Mode, zone: tzinfo) -> str:
    """Told to the owners: nothing of what they wait for comes while it holds."""
    lasts = "until somebody says /resume" if until is None else f"until {day_time(until, zone)} or /resume"
    return headed(mode, f"<b>paused</b> by {quoted(by)}: nothing is asked of the shop {lasts}.")


def render_resume_news(by: str, *, mode: Mode) -> str:
    return headed(mode, f"the shop is asked again: the pause was lifted by {quoted(by)}.")


def render_still_held(held: StillHeld, by: str, *, at: datetime, mode: Mode, zone: tzinfo) -> str:
    """A reminder of what may be forgotten."""
    since = f"since {day_time(held.since, zone)}, for {span(at - held.since)}, by {quoted(by)}"
    if held.what is Control.PAUSE:
        return headed(mode, f"still <b>paused</b>, {since}: nothing is asked of the shop until /resume.")
    return headed(mode, f"buying is still <b>stopped</b>, {since}: nothing is bought until /rearm.")


def render_access_news(changed: AccessChanged, who: str, by: str, *, mode: Mode) -> str:
    """Told to the owners: who may do what from now on."""
    name = f"{quoted(who)} {code(changed.user)}" if who != str(changed.user) else code(changed.user)
    if changed.role is None:
        return headed(mode, f"{name} has no role from the chat any more, by {quoted(by)}.")
    how = "by an invitation" if changed.by == str(changed.user) else f"by {quoted(by)}"
    return headed(
        mode, f"{name} is {quoted(changed.role)} from now on, {how}. {code(f'/revoke {changed.user}')} undoes it."
    )


def cut_words(cut: CutAttempt | None) -> str | None:
    """What a stop did to the attempt that was under way."""
    if cut is None:
        return None
    done = "is called off" if cut.step in BEFORE_BUTTON else "is past its button and followed to its outcome"
    return f"Attempt {cut.attempt} on {product_heading(cut.title, cut.tcin)}, {cut.step}, {done}."


def render_rearm_news(by: str, passed_over: datetime | None = None, *, mode: Mode, zone: tzinfo) -> str:
    armed = headed(mode, f"buying is armed again, by {quoted(by)}.")
    if passed_over is None:
        return armed
    return f"{armed} The clock is taken as right, although the journal had gone on to {full_time(passed_over, zone)}."


def render_mode_news(by: str, *, mode: Mode) -> str:
    means = {
        Mode.SIMULATE: "purchases are practised and nothing is ordered",
        Mode.REHEARSE: "purchases go up to the button and nothing is ordered",
        Mode.LIVE: "<b>purchases are real</b> from now on",
    }
    return headed(mode, f"{means[mode]}: the mode was changed by {quoted(by)}.")


def render_blind(blind: Blind, *, mode: Mode, zone: tzinfo) -> str:
    again = f" It is asked again at {day_time(blind.until, zone)}." if blind.until else ""
    why = quoted(blind.why or "") or "the shop does not answer"
    return headed(mode, f"<b>blind</b>: {why}.{again} What is shown is what was last known.")


def render_sighted(sighted: Sighted, *, mode: Mode) -> str:
    return headed(mode, f"sees again, after {span(timedelta(seconds=sighted.lasted_s))}.")


#: The title of a variation is cut on its button.
VARIATION = 50
#: Of one kind, a summary names no more.
MOST_NAMED = 20


def render_storage_failed(failed: StorageFailed, *, mode: Mode) -> str:
    """Told afterwards: what is not on disk is not said."""
    lasted = span(timedelta(seconds=failed.lasted_s))
    return headed(mode, f"nothing could be stored for {lasted}, so that nothing was bought: {quoted(failed.why)}.")


def render_storage_displaced(displaced: StorageDisplaced, *, mode: Mode) -> str:
    why = f"<b>the stored data was touched</b>: {quoted(displaced.why)}."
    ends = "Nothing is bought until the very same files are back, or the service is started again. Watching goes on."
    return headed(mode, f"{why} {ends}")


def render_storage_back(back: StorageBack, *, mode: Mode) -> str:
    lasted = span(timedelta(seconds=back.lasted_s))
    return headed(mode, f"the stored data is back as it was, after {lasted}: buying goes on as before.")


def render_note(note: str, *, mode: Mode) -> str:
    return headed(mode, quoted(note, 1500))


def render_untold(event: Event, *, mode: Mode) -> str:
    which = f"{quoted(event.kind)}, event {event.seq}"
    return headed(mode, f"Something happened that I could not put into words: {which}. My log says why.")


def render_watchlist_trouble(problems: Sequence[str], *, mode: Mode) -> str:
    lines = [headed(mode, "<b>watchlist.toml is wrong</b>; the list last taken up holds:")]
    return join_lines([*lines, *(quoted(problem) for problem in problems)])


def render_unread(fact: ProductsUnread, *, mode: Mode) -> str:
    """For products of which checks tell nothing certain, so that no alert can come of them."""
    count = len(fact.products)
    head = headed(mode, f"checks tell nothing certain of {count} {'product' if count == 1 else 'products'}, so that")
    lines = [f"{product_heading(one.title, one.tcin)}: {quoted(one.why)}" for one in fact.products[:MOST_NAMED]]
    more = [f"and {count - MOST_NAMED} more: /list"] if count > MOST_NAMED else []
    return join_lines([f"{head} no alert comes of {'it' if count == 1 else 'them'}:", *lines, *more])


def render_emptied_watchlist(removed: Sequence[Tcin], *, mode: Mode) -> str:
    count = f"its {len(removed)} products were" if len(removed) > 1 else "its one product was"
    return headed(mode, f"<b>nothing is watched any more</b>: the watch list is empty, {count} taken off it.")


def render_variations(learned: ProductLearned, *, mode: Mode) -> str:
    """For a product that has no stock of its own: what can be watched in its place."""
    head = headed(mode, f"{code(learned.tcin)} {quoted(learned.title or '', FULL_TITLE)}")
    lines = [f"{head} comes in variations and has no stock of its own. Watch one of these in its place:"]
    lines += [f"/add {child.tcin} {quoted(child.title or '', FULL_TITLE)}".rstrip() for child in learned.children]
    return join_lines(lines)


def variation_buttons(learned: ProductLearned) -> Buttons:
    """One for each of the first variations, which watches it."""
    return tuple(
        (Button(text=f"Watch {cut(child.title or '', VARIATION) or child.tcin}", data=f"/add {child.tcin}"),)
        for child in learned.children[:MOST_NAMED]
    )
