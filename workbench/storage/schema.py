"""The schema that all migrations together give, as one file to read and to compare.

``python -m workbench.storage.schema > workbench/storage/schema.sql`` writes it again after a
new migration; a test fails while the two differ.
"""

import sys
from collections.abc import Iterable
from typing import Final

import duckdb

from workbench.storage.migrate import Migration, load_migrations
from workbench.storage.queries import QUERIES

_HEADER: Final = """\
-- Generated from migrations/ by `python -m workbench.storage.schema`; do not edit.
"""


def schema(migrations: Iterable[Migration] | None = None) -> str:
    """Return the statements that make the schema in one go, in a stable order."""
    parts = [_HEADER, "create schema store;\n"]
    with duckdb.connect() as connection:
        for migration in load_migrations() if migrations is None else migrations:
            connection.execute(migration.sql)
        for table, name in connection.execute(QUERIES["schema_tables"].sql).fetchall():
            lines = [
                f"    {line}"
                for query in ("schema_columns", "schema_constraints")
                for (line,) in connection.execute(QUERIES[query].sql, {"table": table}).fetchall()
            ]
            parts.append(f"create table {name} (\n" + ",\n".join(lines) + "\n);\n")
        for query in ("schema_indexes", "schema_views"):
            parts += [f"{sql}\n" for (sql,) in connection.execute(QUERIES[query].sql).fetchall()]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(schema())
