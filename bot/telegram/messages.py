"""What is recorded of the chat. A reader's place and the messages that it plans are written in one transaction."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.telegram import tables
from bot.telegram.model import UNSENT, Delivery, Message, Pin
from bot.text.board import Board
from bot.text.draft import Button, Draft, Rank
from config.database import put_row
from purchasing.events import stamp, unstamp

_message, _reader, _board = tables.message, tables.reader, tables.board
_listener, _moved, _preference = tables.listener, tables.moved_group, tables.preference


# Built once, as building takes longer than running: an alert waits for these.
_PLACE = sa.select(_reader.c.seq).where(_reader.c.name == sa.bindparam("reader"))
_LISTENERS = sa.select(_listener.c.chat, _listener.c.thread).order_by(_listener.c.chat)
_BY_KEY = sa.select(_message).where(_message.c.key == sa.bindparam("of_key"))
_TEXTS = sa.select(_message.c.text).where(_message.c.key.in_(sa.bindparam("keys", expanding=True)))
_STATES = sa.select(_message.c.key, _message.c.state).where(_message.c.key.in_(sa.bindparam("keys", expanding=True)))
_NEW = sa.insert(_message).returning(_message.c.id)
_COUNTED = (
    sa.select(_message.c.shown == 0, sa.func.count(), sa.func.min(_message.c.at))
    .where(tables.IS_UNSENT, _message.c.rank != Rank.ROUND)
    .group_by(_message.c.shown == 0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Messages that are yet to leave, but for rounds of practice, which wait for newer ones."""

    #: Those that no chat shows yet.
    new: int
    #: Changes of those that a chat shows.
    edits: int
    #: Since when the oldest of the new ones waits.
    oldest: datetime | None


def count_unsent(connection: sa.Connection) -> Unsent:
    counted = {bool(new): (count, first) for new, count, first in connection.execute(_COUNTED)}
    (new, first), (edits, _) = counted.get(True, (0, None)), counted.get(False, (0, None))
    return Unsent(new=new, edits=edits, oldest=None if first is None else unstamp(first))


class ChatRecords:
    """Readers' places, messages, listeners and boards, as one transaction reads and writes them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._db = connection

    # ---- readers

    def place(self, reader: str) -> int:
        """The `seq` up to which this reader has read; 0 for one that never did."""
        return self._db.execute(_PLACE, {"reader": reader}).scalar() or 0

    def move_place(self, reader: str, seq: int) -> None:
        put_row(self._db, _reader, {"name": reader, "seq": seq})

    def log_hidden_until(self, chat: int) -> int:
        """The `seq` up to which the log of this chat hides the journal; 0 where it hides nothing."""
        return self.place(_log_of(chat))

    def hide_log(self, chat: int, *, until: int) -> None:
        self.move_place(_log_of(chat), until)

    # ---- messages

    def plan(self, draft: Draft, *, at: datetime, sending: bool) -> Message | None:
        """Have a message read like this; None if it does already. `sending` marks it as on its way at once."""
        old = self._db.execute(_BY_KEY, {"of_key": draft.key}).mappings().first()
        content = {"text": draft.text, "buttons": _buttons_text(draft)}
        state = Delivery.SENDING if sending else Delivery.WAITING
        if old is None:
            return self._insert(draft, content, state, at=at)
        if draft.once or old["state"] == Delivery.DROPPED:
            return None
        if (old["text"], old["buttons"]) == (content["text"], content["buttons"]):
            return self._hasten(old, draft.rank)
        under_way = old["state"] in {Delivery.SENDING, Delivery.UNCERTAIN}
        # What was not shown yet leaves with this revision, and may not wait longer because of it.
        is_shown = old["shown"] == old["revision"]
        revised = {
            **content,
            "rank": draft.rank if is_shown else min(draft.rank, _rank_of(old["rank"])),
            "picture": draft.picture,
            "matters": int(draft.matters),
            "pin": _pin_after(Pin(old["pin"]), draft),
            "state": old["state"] if under_way else state,
            "revision": old["revision"] + 1,
        }
        self._db.execute(sa.update(_message).where(_message.c.id == old["id"]).values(revised))
        message = self.message(old["id"])
        # What is on its way already belongs to whoever sends it; the caller may not send it as well.
        return replace(message, state=Delivery.WAITING) if under_way else message

    def _hasten(self, old: sa.RowMapping, rank: Rank) -> Message | None:
        """What is to be shown already may be so for a more urgent reason; None if that changes nothing."""
        if old["shown"] == old["revision"] or rank >= _rank_of(old["rank"]):
            return None
        self._db.execute(sa.update(_message).where(_message.c.id == old["id"]).values(rank=rank))
        return replace(self.message(old["id"]), state=Delivery.WAITING)

    def _insert(self, draft: Draft, content: dict[str, str], state: Delivery, *, at: datetime) -> Message:
        pin = Pin.WANTED if draft.pin else Pin.NONE
        row = {
            **content,
            "key": draft.key,
            "chat": draft.chat,
            "thread": draft.thread,
            "rank": draft.rank,
            "silent": int(draft.silent),
            "pin": pin,
            "picture": draft.picture,
            "file": draft.file,
            "photo": draft.photo,
            "matters": int(draft.matters),
            "at": stamp(at),
            "state": state,
            "revision": 1,
            "shown": 0,
            "repeated": 0,
        }
        number = self._db.execute(_NEW, row).scalar_one()
        # It is as it would be read back, which an alert need not wait for.
        stored = replace(draft, once=False)
        return Message(id=number, draft=stored, state=state, revision=1, message_id=None, repeated=False, pin=pin)

    def message(self, message: int) -> Message:
        return _message_of(self._db.execute(sa.select(_message).where(_message.c.id == message)).mappings().one())

    def planned(self, keys: Collection[str]) -> dict[str, Delivery]:
        """Which of these messages were planned, and how far each has come."""
        stored = self._db.execute(_STATES, {"keys": list(keys)}) if keys else ()
        return {key: Delivery(state) for key, state in stored}

    def texts(self, keys: Collection[str]) -> list[str]:
        """What those of these messages that were planned read like."""
        return list(self._db.execute(_TEXTS, {"keys": list(keys)}).scalars()) if keys else []

    def kept_since(self, kind: str, since: datetime) -> list[Message]:
        """The messages whose keys begin with this, of those planned since then and not given up."""
        of_kind = sa.and_(_message.c.key >= kind, _message.c.key < kind[:-1] + chr(ord(kind[-1]) + 1))
        young = sa.and_(of_kind, _message.c.at >= stamp(since), _message.c.state != Delivery.DROPPED)
        rows = self._db.execute(sa.select(_message).where(young).order_by(_message.c.id)).mappings()
        return [_message_of(row) for row in rows]

    def drafts(self, keys: Collection[str]) -> list[Draft]:
        """Those of these messages that were planned, as they are to read."""
        stored = self._db.execute(sa.select(_message).where(_message.c.key.in_(list(keys)))).mappings() if keys else ()
        return [_message_of(row).draft for row in stored]

    def key_at(self, chat: int, message_id: int) -> str | None:
        """The key of the text that stands in this place of the chat; None where none of ours does."""
        there = sa.and_(_message.c.chat == chat, _message.c.message_id == message_id)
        text = sa.and_(there, _message.c.file.is_(None), _message.c.photo.is_(None))
        return self._db.execute(sa.select(_message.c.key).where(text)).scalar()

    def revive(self, key: str) -> None:
        """Let what was given up be planned as a new message."""
        dropped = sa.and_(_message.c.key == key, _message.c.state == Delivery.DROPPED)
        anew = {"state": Delivery.WAITING, "message_id": None, "text": "", "repeated": 0, "why": None}
        self._db.execute(sa.update(_message).where(dropped).values(anew))

    def unsent(self) -> list[Message]:
        """What is yet to be delivered, in the order of planning."""
        rows = self._db.execute(sa.select(_message).where(_message.c.state.in_(UNSENT)).order_by(_message.c.id))
        return [_message_of(row) for row in rows.mappings()]

    def set_state(self, message: int, state: Delivery, *, why: str | None = None) -> None:
        self._db.execute(sa.update(_message).where(_message.c.id == message).values(state=state, why=why))

    def claim(self, message: int) -> Message | None:
        """Mark it as on its way and give it as it is to read now; None if there is nothing to send any more."""
        held = self.message(message)
        if held.state not in UNSENT:
            return None
        in_doubt = held.state is Delivery.UNCERTAIN and held.message_id is None
        # A board would keep the mark for ever.
        repeated = (held.repeated or in_doubt) and held.draft.rank is not Rank.BOARD
        self._db.execute(
            sa.update(_message).where(_message.c.id == message).values(state=Delivery.SENDING, repeated=int(repeated))
        )
        return replace(held, state=Delivery.SENDING, repeated=repeated)

    def take_over(self) -> None:
        """After a start: nobody knows whether what was on its way arrived. An edit is simply made again."""
        on_its_way = _message.c.state == Delivery.SENDING
        new = sa.and_(on_its_way, _message.c.message_id.is_(None))
        drop = {"state": Delivery.DROPPED, "why": "its delivery was uncertain and it did not matter"}
        self._db.execute(sa.update(_message).where(new, _message.c.matters == 0).values(drop))
        self._db.execute(sa.update(_message).where(new).values(state=Delivery.UNCERTAIN))
        self._db.execute(sa.update(_message).where(on_its_way).values(state=Delivery.WAITING))

    def send_anew(self, message: int) -> None:
        """It can't be edited any more, as it was deleted: it is to be sent as a new message."""
        values = {"state": Delivery.WAITING, "message_id": None, "pin": _PIN_ANEW}
        self._db.execute(sa.update(_message).where(_message.c.id == message).values(values))

    def mark_shown(self, message: int, *, revision: int, message_id: int) -> bool:
        """Note that Telegram shows this revision; whether that is the newest."""
        newest = self.message(message).revision == revision
        state = Delivery.DONE if newest else Delivery.WAITING
        self._db.execute(
            sa.update(_message)
            .where(_message.c.id == message)
            .values(shown=revision, message_id=message_id, state=state, why=None)
        )
        return newest

    def mark_pinned(self, message: int) -> None:
        wanted = sa.and_(_message.c.id == message, _message.c.pin == Pin.WANTED)
        self._db.execute(sa.update(_message).where(wanted).values(pin=Pin.DONE))

    def mark_unpinned(self, message: int) -> None:
        over = sa.and_(_message.c.id == message, _message.c.pin == Pin.OVER)
        self._db.execute(sa.update(_message).where(over).values(pin=Pin.NONE))

    def close_chat(self, chat: int, *, why: str) -> None:
        """Nothing can be delivered there any more, until that person presses Start again."""
        self._db.execute(
            sa.update(_message)
            .where(_message.c.chat == chat, _message.c.state.in_(UNSENT))
            .values(state=Delivery.DROPPED, why=why)
        )
        self._db.execute(sa.delete(_listener).where(_listener.c.chat == chat))
        self._db.execute(sa.delete(_board).where(_board.c.chat == chat))

    def leave_topic(self, chat: int, thread: int | None) -> None:
        """A topic was closed or deleted: what belongs to it goes to the chat itself."""
        for table in (_message, _listener, _board):
            its_own = sa.and_(table.c.chat == chat, table.c.thread == thread)
            self._db.execute(sa.update(table).where(its_own).values(thread=None))

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: what belongs to it follows. Messages shown there can't be edited any more.

        Keys that end with the chat's id follow too, so that an alert's story goes on in a new message.
        """
        values = {"chat": new, "message_id": None, "pin": _PIN_ANEW}
        self._db.execute(sa.update(_message).where(_message.c.chat == old).values(values))
        ending = f":{old}"
        its_own = sa.and_(_message.c.chat == new, _message.c.key.endswith(ending, autoescape=True))
        key = sa.func.substr(_message.c.key, 1, sa.func.length(_message.c.key) - len(ending)) + f":{new}"
        # A message that the new chat was told already keeps its key, and the one of the old chat its own.
        other = _message.alias()
        is_taken = sa.exists().where(other.c.key == key)
        self._db.execute(sa.update(_message).where(its_own, sa.not_(is_taken)).values(key=key))
        for table in (_board, _listener, _preference):
            before = table.alias()
            is_replaced = sa.exists().where(before.c.chat == old)
            self._db.execute(sa.delete(table).where(table.c.chat == new, is_replaced))
            self._db.execute(sa.update(table).where(table.c.chat == old).values(chat=new))
        self.hide_log(new, until=self.log_hidden_until(old))
        self._db.execute(sa.update(_moved).where(_moved.c.new == old).values(new=new))
        put_row(self._db, _moved, {"old": old, "new": new})

    def moved_groups(self) -> dict[int, int]:
        return dict(self._db.execute(sa.select(_moved.c.old, _moved.c.new)).all())

    # ---- listeners and boards

    def know(self, chat: int, name: str, *, thread: int | None, at: datetime) -> None:
        """Somebody pressed Start there, so that it can be written to."""
        row = {"chat": chat, "thread": thread, "name": name, "started_at": stamp(at)}
        put_row(self._db, _listener, row)

    def listeners(self) -> dict[int, int | None]:
        """The chats that can be written to, each with its topic."""
        return dict(self._db.execute(_LISTENERS).all())

    def names(self) -> dict[int, str]:
        return dict(self._db.execute(sa.select(_listener.c.chat, _listener.c.name)).all())

    def boards(self) -> list[Board]:
        return [Board(**row) for row in self._db.execute(sa.select(_board).order_by(_board.c.chat)).mappings()]

    def retire_boards(self, chat: int, *, but: str = "") -> list[str]:
        """The keys of the boards that this chat shows and that are over now; what it does not show yet is dropped.

        The board with the key `but` goes on.
        """
        pinned = _message.c.pin.in_((Pin.WANTED, Pin.DONE))
        its_boards = sa.and_(_message.c.chat == chat, pinned, _message.c.key != but)
        # What is on its way may be shown in a moment.
        unseen = sa.and_(its_boards, _message.c.state != Delivery.SENDING, _message.c.message_id.is_(None))
        drop = {"state": Delivery.DROPPED, "why": "another board took its place"}
        self._db.execute(sa.update(_message).where(unseen).values(drop))
        shown = sa.select(_message.c.key).where(its_boards, _message.c.state != Delivery.DROPPED)
        return list(self._db.execute(shown).scalars())

    def put_board(self, board: Board) -> None:
        """The chat's board, under a number never used before; the one before it is no longer kept up."""
        put_row(self._db, _board, {"chat": board.chat, "thread": board.thread, "number": board.number})


def _log_of(chat: int) -> str:
    """How far a chat has done with the log is a place in the journal, as a reader's is."""
    return f"log:{chat}"


def _pin_after(before: Pin, draft: Draft) -> Pin:
    """What becomes of the pin when a message is revised."""
    if draft.pin:
        return before if before is Pin.DONE else Pin.WANTED
    return Pin.NONE if before is Pin.NONE else Pin.OVER


#: What is sent anew is not pinned yet.
_PIN_ANEW = sa.case((_message.c.pin == Pin.DONE, Pin.WANTED), else_=_message.c.pin)


def _buttons_text(draft: Draft) -> str:
    return json.dumps([[[one.text, one.data, one.url] for one in row] for row in draft.buttons])


def _buttons_of(text: str) -> tuple[tuple[Button, ...], ...]:
    return tuple(_button_row(row) for row in json.loads(text))


def _button_row(row: Iterable[list[str | None]]) -> tuple[Button, ...]:
    return tuple(Button(text=text or "", data=data, url=url) for text, data, url in row)


#: The first version numbered the ranks without room between them.
_FIRST_RANKS = {1: Rank.ALERT, 2: Rank.REPLY, 3: Rank.BOARD}


def _rank_of(stored: int) -> Rank:
    return _FIRST_RANKS.get(stored) or Rank(stored)


def _message_of(row: sa.RowMapping) -> Message:
    return Message(
        id=row["id"],
        draft=Draft(
            key=row["key"],
            chat=row["chat"],
            thread=row["thread"],
            rank=_rank_of(row["rank"]),
            text=row["text"],
            buttons=_buttons_of(row["buttons"]),
            silent=bool(row["silent"]),
            pin=row["pin"] in {Pin.WANTED, Pin.DONE},
            picture=row["picture"],
            file=row["file"],
            photo=row["photo"],
            matters=bool(row["matters"]),
        ),
        state=Delivery(row["state"]),
        revision=row["revision"],
        message_id=row["message_id"],
        repeated=bool(row["repeated"]),
        pin=Pin(row["pin"]),
    )
