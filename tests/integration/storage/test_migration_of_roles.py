"""A home of before roles: whoever could sign signs on."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from workbench.storage.database import Database
from workbench.storage.migrate import load_migrations, migrate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_principals_of_before_keep_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "home.duckdb"
    names = [m.name for m in load_migrations()]
    with duckdb.connect(path) as connection:
        migrate(connection, load_migrations()[: names.index("roles")], path=path, now=NOW)
        connection.execute(
            "insert into store.principal values ('k1', 'ana', 'clinic', 'r1', $now)", {"now": NOW}
        )
    database = Database.open(path)
    try:
        [row] = database.read("signing_key", {"public_key": "k1"})
        assert row == {
            "public_key": "k1", "name": "ana", "owner": "clinic", "replaced_by": None,
            "address": None, "roles": "",
        }  # fmt: skip
        assert database.read("principals", {"name": "ana"}) == [row]
        assert database.read("admins") == []
        shown = database.select("select name, owner, roles, created_at from principal").to_pylist()
        assert shown[0]["created_at"] == NOW
    finally:
        database.close()
