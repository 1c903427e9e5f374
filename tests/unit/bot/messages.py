"""Messages as they are planned and shown, over real SQLite."""

from typing import Any

from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery, Message
from tests.builders import AT, draft

ADA, BOB, GROUP, SUPER, SUPER_2 = 1001, 1002, -4001, -1004001, -1004002


def plan(
    records: ChatRecords, text: str = "PRACTICE · a word", *, sending: bool = False, **more: Any
) -> Message | None:
    return records.plan(draft(text, **more), at=AT, sending=sending)


def planned(records: ChatRecords, text: str = "PRACTICE · a word", *, sending: bool = False, **more: Any) -> Message:
    message = plan(records, text, sending=sending, **more)
    assert message is not None
    return message


def shown(records: ChatRecords, text: str = "PRACTICE · a word", *, message_id: int = 7, **more: Any) -> Message:
    """A message that Telegram shows."""
    message = planned(records, text, sending=True, **more)
    records.mark_shown(message.id, revision=message.revision, message_id=message_id)
    return records.message(message.id)


def state(records: ChatRecords, message: Message) -> Delivery:
    return records.message(message.id).state
