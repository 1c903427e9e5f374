"""The tables of telling: readers' places, messages, people and boards. They stand in the same file as purchasing's."""

import sqlalchemy as sa

from config.database import BigId, partial_index

metadata = sa.MetaData()

#: How far each outlet has read the journal.
reader = sa.Table(
    "reader",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sqlite_strict=True,
)

#: One message of one chat: what it is to read (`revision`) and what Telegram last confirmed (`shown`, 0: nothing yet).
message = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("chat", BigId, nullable=False),
    sa.Column("thread", sa.Integer),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("buttons", sa.Text, nullable=False),
    sa.Column("picture", sa.Text),
    #: The name of a file that holds the whole text.
    sa.Column("file", sa.Text),
    #: The name of a picture in the folder of pictures, under which the text stands.
    sa.Column("photo", sa.Text),
    sa.Column("silent", sa.Integer, nullable=False),
    #: 0: not to be pinned, 1: to be pinned, 2: pinned, 3: to be unpinned.
    sa.Column("pin", sa.Integer, nullable=False),
    sa.Column("matters", sa.Integer, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("message_id", sa.Integer),
    #: Sent again while nobody knew whether the first one had arrived; it says so for ever.
    sa.Column("repeated", sa.Integer, nullable=False),
    sa.Column("why", sa.Text),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'uncertain', 'done', 'dropped')"),
    sqlite_strict=True,
)
#: A press tells where it was made.
partial_index("message_place", message.c.chat, message.c.message_id, where=message.c.message_id.is_not(None))
#: Written out, as a query finds the index by the same words, and by no bound value.
IS_UNSENT = sa.text("state IN ('waiting', 'sending', 'uncertain')")
partial_index("message_unsent", message.c.chat, where=IS_UNSENT)

#: Chats in which Start was pressed, and so can be written to; of a group, the topic in which it was.
listener = sa.Table(
    "listener",
    metadata,
    sa.Column("chat", BigId, primary_key=True, autoincrement=False),
    sa.Column("thread", sa.Integer),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: Groups that became supergroups, which have another id.
moved_group = sa.Table(
    "moved_group",
    metadata,
    sa.Column("old", BigId, primary_key=True, autoincrement=False),
    sa.Column("new", BigId, nullable=False),
    sqlite_strict=True,
)

#: The one pinned board of a chat; `number` tells one that was made again from the one before.
board = sa.Table(
    "board",
    metadata,
    sa.Column("chat", BigId, primary_key=True, autoincrement=False),
    sa.Column("thread", sa.Integer),
    sa.Column("number", sa.Integer, nullable=False),
    sqlite_strict=True,
)

#: What makes a sound in a chat, as was chosen there; a chat where nothing was chosen has no row.
preference = sa.Table(
    "preference",
    metadata,
    sa.Column("chat", BigId, primary_key=True, autoincrement=False),
    #: As JSON.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    #: The name of who chose last.
    sa.Column("by", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: An outlet beside the chat, by its address's key; its place stands among the readers'.
outlet = sa.Table(
    "outlet",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    #: The `seq` up to which the message tells that is under way to it; NULL where none is.
    sa.Column("sending", sa.Integer),
    #: When it last took a message.
    sa.Column("told_at", sa.Text),
    #: Since when it takes none, once that was told, and why.
    sa.Column("failing_since", sa.Text),
    sa.Column("why", sa.Text),
    sqlite_strict=True,
)
