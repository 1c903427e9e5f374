"""The tables of who was let in from the chat."""

import sqlalchemy as sa

from config.database import BigId

metadata = sa.MetaData()

#: Roles given in the chat, beside those of the settings.
grant = sa.Table(
    "access_grant",
    metadata,
    sa.Column("user", BigId, primary_key=True, autoincrement=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: One-time codes that give a role; only their hashes are kept.
invite = sa.Table(
    "invite",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: One-time links by which a browser signs in; only their hashes are kept.
page_link = sa.Table(
    "page_link",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("user", BigId, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

#: Browsers that are signed in, by the hashes of their cookies.
browser = sa.Table(
    "browser",
    metadata,
    sa.Column("cookie_hash", sa.Text, primary_key=True),
    sa.Column("user", BigId, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
