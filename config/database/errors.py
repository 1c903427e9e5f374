"""What can go wrong with what is stored.

DatabaseUnusable   the file can't serve, or its disk: nothing of the unit of work is on it, a later one may go well
  DatabaseLost     what was stored is not there: to go on as if there never had been anything could buy it once more
WorkRefused        the unit of work broke a law of the tables: nothing of it is on disk, and the file is well
DataDirHeld        another process has the data directory
"""


class DatabaseUnusable(Exception):
    """The file can't serve: not ours, damaged, full, or from a newer program. The message says which."""


class DatabaseLost(DatabaseUnusable):
    """There was a database, and there is none: it is missing, empty, damaged, or another program's."""


class WorkRefused(Exception):
    """The unit of work broke a law of the tables, or was a mistake of ours."""


class DataDirHeld(Exception):
    """Another process holds the data directory."""
