"""What SQLite tells of a database's schema, as lines that can be compared.

    python -m tests.schema FILE

prints them. The order of columns does not matter and is left out, as a migration can add them at the end alone.
"""

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path


def describe_schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return sorted(line for table in _tables(db) for line in _describe(db, table))


def _tables(db: sqlite3.Connection) -> list[sqlite3.Row]:
    found = db.execute("SELECT * FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    return [row for row in found if not row["name"].startswith("sqlite_")]


def _describe(db: sqlite3.Connection, table: sqlite3.Row) -> Iterator[str]:
    name = table["name"]
    yield f"table {name}{' strict' * table['strict']}"
    for column in db.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)):
        default = "" if column["dflt_value"] is None else f" default {column['dflt_value']}"
        marks = " not null" * column["notnull"] + " primary key" * column["pk"] + default
        yield f"table {name}: {column['name']} {column['type']}{marks}"
    for key in db.execute("SELECT * FROM pragma_foreign_key_list(?)", (name,)):
        yield f"table {name}: {key['from']} refers to {key['table']} ({key['to']})"
    for check in _checks(_sql_of(db, name)):
        yield f"table {name}: check {check}"
    for index in db.execute("SELECT * FROM pragma_index_list(?)", (name,)):
        yield f"table {name}: {_describe_index(db, index)}"


def _describe_index(db: sqlite3.Connection, index: sqlite3.Row) -> str:
    sql = _sql_of(db, index["name"])
    columns = db.execute("SELECT name FROM pragma_index_xinfo(?) WHERE key", (index["name"],))
    of = ", ".join(name or "an expression" for (name,) in columns)
    name = index["name"] if sql else "a constraint"
    where = sql.partition(" WHERE ")[2]
    return f"index {name}{' unique' * index['unique']} of {of}{f' where {where}' if where else ''}"


def _sql_of(db: sqlite3.Connection, name: str) -> str:
    """In one line, and without the quotes that some ways of making a table put round its names."""
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return re.sub(r"\s+", " ", sql or "").replace('"', "")


def _checks(sql: str) -> Iterator[str]:
    """Every condition behind a CHECK, up to the bracket that ends it."""
    for found in re.finditer(r"CHECK \(", sql):
        depth = 1
        for end in range(found.end(), len(sql)):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            if depth == 0:
                yield sql[found.end() : end]
                break


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in describe_schema(Path(sys.argv[1])))
