"""The household that is recorded: its people, products and wishes at first, and its data as it was kept."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from config.products import BuyMode, Channel, Product, Tcin
from sandbox.chat import Group, Kind, Person
from sandbox.store import Item
from tests.world import ADA, DRAGON, TROVE

BEA = Person(id=1002, first_name="Bea", started=True)
CAL = Person(id=1003, first_name="Cal", started=True)
VERA = Person(id=3001, first_name="Vera", started=True)
PEOPLE = (ADA, BEA, CAL, VERA)
HOME = Group(id=-7, title="Home", kind=Kind.GROUP)
#: The same, once it has become a supergroup.
MOVED = Group(id=-1000000000007, title="Home")

LAMP = Item(tcin="10000001", title="Reading lamp &amp; shade", price="29.99")
KITE = Item(tcin="10000002", title="Kite of five colors", price="19.50", purchase_limit=1)
PUZZLE = Item(tcin="10000003", title="Puzzle of 1,000 pieces", price="12.00", price_in_summary=False)
PARENT = Item(tcin="10000004", title="Socks, all sizes", relationship_type="VAP", children=("10000005",))
CHILD = Item(tcin="10000005", title="Socks, size L", price="6.00", relationship_type="VC")
STRANGE = Item(tcin="10000006", title="From somebody else", price="9.00", marketplace=True, seller="Somebody")
DEAR = Item(tcin="10000007", title="Dear vase", price="99.99")
ABSENT = "10000009"

ITEMS = (replace(TROVE, purchase_limit=None), DRAGON, LAMP, KITE, PUZZLE, PARENT, CHILD, STRANGE, DEAR)
#: As the household wishes at first.
WISHES = (
    Product(tcin=Tcin(TROVE.tcin), name="The trove", quantity=3),
    Product(tcin=Tcin(DRAGON.tcin), buy=BuyMode.AUTO, max_price=Decimal("20.00"), quantity=4),
    Product(tcin=Tcin(LAMP.tcin), buy=BuyMode.AUTO, max_price=Decimal("30.00")),
    Product(tcin=Tcin(KITE.tcin), buy=BuyMode.AUTO, max_price=Decimal("21.00"), quantity=5),
    Product(tcin=Tcin(PUZZLE.tcin), buy=BuyMode.ALERT, channel=Channel.PICKUP, every=timedelta(seconds=2)),
    Product(tcin=Tcin(PARENT.tcin), buy=BuyMode.ALERT),
    Product(tcin=Tcin(STRANGE.tcin)),
    Product(tcin=Tcin(DEAR.tcin), max_price=Decimal("50.00")),
    Product(tcin=Tcin(ABSENT)),
)

FIVE_MINUTES = "300"
SETTINGS = {
    "STOCKBELL_TELEGRAM__OWNERS": "[]",
    "STOCKBELL_TELEGRAM__OPERATORS": f"[{BEA.id}]",
    "STOCKBELL_TELEGRAM__GROUPS": f"[{HOME.id}]",
    "STOCKBELL_MONITOR__EVERY_MIN_S": "0.8",
    "STOCKBELL_MONITOR__EVERY_MAX_S": "1.1",
    "STOCKBELL_PURCHASING__SIMULATED_S": "0.6",
    "STOCKBELL_PURCHASING__COOLDOWN_S": "0",
    "STOCKBELL_PURCHASING__MAX_PER_WINDOW": "2",
}

#: The program with a buyer that orders at the practice store.
LIVE = ("tests.torture.service", "--live")


def keep(data: Path, target: Path) -> None:
    """What a later service needs of it, all of the database in its one file."""
    with closing(sqlite3.connect(data / "stockbell.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target.mkdir(parents=True, exist_ok=True)
    (target / "stockbell.db.gz").write_bytes(gzip.compress((data / "stockbell.db").read_bytes(), mtime=0))
    for name in ("watchlist.toml", "audit.jsonl"):
        shutil.copyfile(data / name, target / name)


def unpack(stored: Path, data: Path) -> None:
    """Have a data directory as it was when it was kept."""
    data.mkdir(mode=0o700)
    (data / "stockbell.db").write_bytes(gzip.decompress((stored / "stockbell.db.gz").read_bytes()))
    for name in ("watchlist.toml", "audit.jsonl"):
        shutil.copyfile(stored / name, data / name)
