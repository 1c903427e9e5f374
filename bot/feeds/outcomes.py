"""How an attempt ended, as a message of its own, with the picture of the page where there is one. Pure."""

from collections.abc import Sequence

from bot.feeds.recipients import Recipient
from bot.text.alerts import render_outcome, render_unconfirmed
from bot.text.draft import Draft, Rank, in_messages
from config.products import Mode
from purchasing.events import AttemptMoved
from purchasing.model import Attempt, Restock, Step


def draft_outcome(
    moved: AttemptMoved, attempt: Attempt, restock: Restock, recipients: Sequence[Recipient], *, is_left: bool
) -> list[Draft]:
    """For each of them, once it is at an end or in doubt; practice in doubt is settled at once, and not told.

    `is_left`: something of it may still be in the cart.
    """
    is_practice, is_in_doubt = attempt.mode is Mode.SIMULATE, moved.to is Step.UNCONFIRMED
    if is_in_doubt and is_practice:
        return []
    if is_in_doubt:
        key, text = f"unconfirmed:{attempt.id}", render_unconfirmed(restock, attempt, need=moved.need)
    else:
        # In practice only a window's first outcome is a message of its own; the alert counts the others.
        key = f"outcome:window:{attempt.window}" if is_practice else f"outcome:{attempt.id}"
        text = render_outcome(restock, attempt, need=moved.need, is_left=is_left)
    is_silent = not _needs_person(moved)
    drafts = [
        Draft(
            key=f"{key}:{one.chat}",
            chat=one.chat,
            thread=one.thread,
            text=text,
            rank=Rank.UPDATE if is_silent else Rank.URGENT,
            silent=is_silent,
            matters=not is_practice,
            once=True,
            photo=moved.picture,
        )
        for one in recipients
    ]
    return [part for draft in drafts for part in in_messages(draft, mode=attempt.mode)]


def _needs_person(moved: AttemptMoved) -> bool:
    """Whether it makes a sound: what is live, and of a rehearsal what somebody has to see to."""
    if moved.mode is Mode.REHEARSE:
        return moved.need is not None or (moved.to is Step.ABANDONED and moved.picture is not None)
    return moved.mode is Mode.LIVE
