"""Version 3: a message may show a picture of a page."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def migrate(op: "Operations") -> None:
    op.add_column("message", sa.Column("photo", sa.Text))
