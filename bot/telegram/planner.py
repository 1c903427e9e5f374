"""Writes drafts and what goes with them, within the transaction that moves the reader's place."""

from datetime import datetime

from bot.telegram.messages import ChatRecords
from bot.telegram.model import (
    AmendMessage,
    CloseChat,
    KnowListener,
    Message,
    Plan,
    PutBoard,
    RetireBoards,
    ReviveMessage,
)
from bot.telegram.outbox import IsFree
from bot.text.draft import Draft, Rank, amended


class Planner:
    """For one transaction. `is_free` tells which messages could leave at once."""

    def __init__(self, records: ChatRecords, *, at: datetime, is_free: IsFree) -> None:
        self._records = records
        self._at = at
        self._is_free = is_free
        self._taken: set[int] = set()
        self._messages: dict[int, Message] = {}

    def write(self, plan: Plan) -> list[Message]:
        """Write it all, in order; the messages that are to be shown now.

        Only the first message of a chat can leave at once; it is marked as on its way in this same transaction.
        """
        for part in plan:
            match part:
                case Draft():
                    self._plan(part)
                case KnowListener():
                    self._records.know(part.chat, part.name, thread=part.thread, at=part.at)
                case ReviveMessage():
                    self._records.revive(part.key)
                case PutBoard():
                    self._records.put_board(part.board)
                case RetireBoards():
                    self._retire(part)
                case AmendMessage():
                    self._amend(part)
                case CloseChat():
                    self._records.close_chat(part.chat, why=part.why)
        return list(self._messages.values())

    def _plan(self, draft: Draft) -> None:
        leaves = draft.chat not in self._taken and self._is_free(draft.chat, draft.rank)
        message = self._records.plan(draft, at=self._at, sending=leaves)
        if message is not None:
            self._messages[message.id] = message
            self._taken.add(draft.chat)

    def _amend(self, part: AmendMessage) -> None:
        """From how it reads now: two of its buttons may have been pressed at once."""
        for draft in self._records.drafts([part.key]):
            self._plan(amended(draft, data=part.data, along=part.along, line=part.line, buttons=part.buttons))

    def _retire(self, over: RetireBoards) -> None:
        for key in self._records.retire_boards(over.chat, but=over.but):
            self._plan(Draft(key=key, chat=over.chat, text=over.text, rank=Rank.BOARD, silent=True, matters=False))
