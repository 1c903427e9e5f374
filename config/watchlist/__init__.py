"""The watch list: the file for hands, and its changes that may be repeated. This is the one door to it."""

from config.watchlist.edits import ensure_absent, ensure_place, ensure_present, ensure_value
from config.watchlist.file import WatchlistFile, WatchlistGone
from config.watchlist.format import HEADER, WatchlistError, parse_watchlist, render_watchlist
from config.watchlist.legacy import ImportedWatchlist, import_older

__all__ = [
    "HEADER",
    "ImportedWatchlist",
    "WatchlistError",
    "WatchlistFile",
    "WatchlistGone",
    "ensure_absent",
    "ensure_place",
    "ensure_present",
    "ensure_value",
    "import_older",
    "parse_watchlist",
    "render_watchlist",
]
