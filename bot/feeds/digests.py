"""Drafts of what is told of a longer time, and of a question that nobody has answered. Pure."""

from collections.abc import Iterable
from datetime import tzinfo

from bot.access.roles import Role
from bot.feeds.recipients import Recipient
from bot.text.digests import is_open_question, render_away, render_day, render_nudge
from bot.text.draft import Draft, Rank, in_messages
from bot.text.purchases import approval_buttons
from config.products import DRILL, Mode
from purchasing.events import CaughtUp, DaySummedUp, Event
from purchasing.model import Restock


def nudge_key(approval: int, chat: int) -> str:
    return f"nudge:{approval}:{chat}"


def draft_nudge(restock: Restock, recipients: Iterable[Recipient], *, mode: Mode, zone: tzinfo) -> list[Draft]:
    """The question once more, for owners and operators; afterwards how it was closed, without its buttons."""
    approval = restock.approval
    if approval is None:
        return []
    text = render_nudge(restock, mode=Mode.SIMULATE if restock.tcin == DRILL else mode, zone=zone)
    return [
        Draft(
            key=nudge_key(approval.id, one.chat),
            chat=one.chat,
            thread=one.thread,
            text=text,
            rank=Rank.ALERT,
            buttons=approval_buttons(restock),
        )
        for one in recipients
        if one.role >= Role.OPERATOR
    ]


def draft_open_nudge(restock: Restock, recipients: Iterable[Recipient], *, mode: Mode, zone: tzinfo) -> list[Draft]:
    """As `draft_nudge`, unless it was answered or closed since it was due."""
    return draft_nudge(restock, recipients, mode=mode, zone=zone) if is_open_question(restock) else []


def draft_away(event: Event, news: CaughtUp, recipients: Iterable[Recipient], *, mode: Mode) -> list[Draft]:
    """For who commands, all of it; for the others what came and went, and nothing where nothing did."""
    drafts = []
    for one in recipients:
        commands = one.role >= Role.OPERATOR
        if commands or news.missed or news.in_doubt:
            text = render_away(news, mode=mode, tells_commands=commands)
            drafts.append(_notice(event, one, text, rank=Rank.URGENT, silent=not news.in_doubt))
    return [part for draft in drafts for part in in_messages(draft, mode=mode)]


def draft_day(
    event: Event, day: DaySummedUp, recipients: Iterable[Recipient], *, mode: Mode, zone: tzinfo
) -> list[Draft]:
    text = render_day(day, mode=mode, zone=zone)
    drafts = [_notice(event, one, text, rank=Rank.UPDATE, silent=True) for one in recipients]
    return [part for draft in drafts for part in in_messages(draft, mode=mode)]


def _notice(event: Event, to: Recipient, text: str, *, rank: Rank, silent: bool) -> Draft:
    key = f"notice:{event.seq}:{to.chat}"
    return Draft(key=key, chat=to.chat, thread=to.thread, text=text, rank=rank, silent=silent, once=True)
