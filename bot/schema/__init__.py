"""All that is stored: the tables of every room, and how a file of an older version becomes one of the present.

A change of a table brings its migration here; see CONTRIBUTING.
"""

from bot.access import tables as access_tables
from bot.schema import version_2, version_3, version_4
from bot.telegram import tables as telegram_tables
from config.database import Migration
from purchasing.storage import tables as purchasing_tables

TABLES = (purchasing_tables.metadata, telegram_tables.metadata, access_tables.metadata)

#: The n-th leads from version n to version n + 1.
MIGRATIONS: tuple[Migration, ...] = (version_2.migrate, version_3.migrate, version_4.migrate)

VERSION = 1 + len(MIGRATIONS)
