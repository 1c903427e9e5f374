"""Whatever becomes of sending, the newest text is shown in the end."""

from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram import tables
from bot.telegram.messages import ChatRecords
from bot.telegram.model import Delivery, Message
from tests.unit.bot.messages import plan


class Chat:
    """What Telegram shows of one message that is sent, lost, repeated and edited."""

    def __init__(self, records: ChatRecords, *, matters: bool) -> None:
        self._records = records
        self._matters = matters
        self._planned = 0
        self._sent: Message | None = None
        #: Text and whether it says that it was sent again.
        self.shown: list[tuple[str, bool]] = []

    @property
    def newest(self) -> str:
        return f"PRACTICE · {self._planned}"

    def plan(self, *, sending: bool) -> None:
        self._planned += 1
        planned = plan(self._records, self.newest, sending=sending, matters=self._matters)
        if planned is not None and planned.state is Delivery.SENDING:
            self._sent = planned  # as it leaves without a claim, it is claimed by its plan

    def restart(self) -> None:
        self._sent = None
        self._records.take_over()

    def deliver(self, *, arrives: bool, known: bool) -> None:
        """Send what is unsent; it arrives or not, and it is known or not what became of it."""
        for unsent in self._records.unsent():
            message = self._sent or self._records.claim(unsent.id)
            self._sent = None
            if message is None:
                continue
            message_id = message.message_id
            if arrives:
                message_id = self._show(message)
            self._note(message, message_id, arrives=arrives, known=known)

    def _show(self, message: Message) -> int:
        told = (message.draft.text, message.repeated)
        if message.message_id is None:
            self.shown.append(told)
            return len(self.shown)
        self.shown[message.message_id - 1] = told
        return message.message_id

    def _note(self, message: Message, message_id: int | None, *, arrives: bool, known: bool) -> None:
        if arrives and known and message_id is not None:
            self._records.mark_shown(message.id, revision=message.revision, message_id=message_id)
        elif known or message.message_id is not None:
            self._records.set_state(message.id, Delivery.WAITING)
        elif self._matters:
            self._records.set_state(message.id, Delivery.UNCERTAIN)
        else:
            self._records.set_state(message.id, Delivery.DROPPED)


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.booleans(), st.none()),
        st.tuples(st.just("deliver"), st.booleans(), st.booleans()),
        st.tuples(st.just("restart"), st.none(), st.none()),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(happenings, st.booleans())
def test_whatever_is_lost_the_newest_text_is_shown_and_a_second_message_says_so(
    happens: list[tuple[str, Any, Any]],
    matters: bool,  # noqa: FBT001  drawn
) -> None:
    with sa.create_engine("sqlite://").begin() as connection:
        tables.metadata.create_all(connection)
        chat = Chat(ChatRecords(connection), matters=matters)
        for what, first, second in [("plan", False, None), *happens]:
            match what:
                case "plan":
                    chat.plan(sending=first)
                case "deliver":
                    chat.deliver(arrives=first, known=second)
                case _:
                    chat.restart()
        for _ in range(3):
            chat.deliver(arrives=True, known=True)
        assert all(repeated for _, repeated in chat.shown[1:])
        if matters:
            assert chat.shown[-1][0] == chat.newest
        else:
            assert len(chat.shown) <= 1
