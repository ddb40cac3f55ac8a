from pathlib import Path

import duckdb
import pytest

from workbench.storage import queries
from workbench.storage.queries import QUERIES, load_queries


def load(folder: Path, **texts: str) -> dict[str, str]:
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text)
    return {name: query.sql for name, query in load_queries(folder.glob("*.sql")).items()}


def test_blocks_are_found_by_name_without_their_semicolon(tmp_path: Path) -> None:
    text = "-- About both.\n\n-- name: one\nselect 1;\n\n-- About two.\n-- name: two\nselect 2;\n"
    assert load(tmp_path, a=text) == {"one": "select 1", "two": "select 2"}


def test_a_name_in_two_files_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two queries are named 'one'"):
        load(tmp_path, a="-- name: one\nselect 1;", b="-- name: one\nselect 2;")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- name: one\nselect 1; select 2;", "more than one statement"),
        ("-- name: one\n-- nothing\n", "is empty"),
        ("-- name: 1 one\nselect 1;", "SQL before"),
        ("-- name: 1one\nselect 1;", "no query name"),
        ("select 1;\n-- name: one\nselect 1;", "SQL before"),
    ],
)
def test_a_file_that_cannot_be_meant_ends_the_start(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        load(tmp_path, a=text)


def test_semicolons_and_verbs_in_strings_and_comments_count_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "-- name: one\n-- insert; delete;\nselect 'insert; -- ''x''' as a; -- returning\n"
    )
    [query] = load_queries(tmp_path.glob("*.sql")).values()
    assert not query.has_effects
    assert query.has_rows


def test_effects_and_rows_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "-- name: a\nselect 1;\n"
        "-- name: b\nwith x as (select 1) select * from x;\n"
        "-- name: c\ninsert into t values (1);\n"
        "-- name: d\ninsert into t values (1) returning a;\n"
        "-- name: e\nwith x as (select 1) insert into t select * from x;\n"
        "-- name: f\nupdate t set deleted_at = 1;\n"
        "-- name: g\nselect deleted_at, last_update from t;\n"
    )
    queries = load_queries(tmp_path.glob("*.sql"))
    assert {n: (q.has_effects, q.has_rows) for n, q in queries.items()} == {
        "a": (False, True),
        "b": (False, True),
        "c": (True, False),
        "d": (True, True),
        "e": (True, False),
        "f": (True, False),
        "g": (False, True),
    }


# MLflow's tables are in a database of its own.
FOLDER = Path(queries.__file__).parent / "queries"
ELSEWHERE = load_queries([FOLDER / "tracking.sql"])
# Settings cannot be prepared, and a frame has its own columns on every call.
BINDABLE = sorted(
    name
    for name, query in QUERIES.items()
    if not query.sql.startswith(("set", "begin", "checkpoint"))
    and "from frame" not in query.sql
    and name not in ELSEWHERE
)


@pytest.mark.parametrize("name", BINDABLE)
def test_every_query_binds_against_the_schema(
    schema_only: duckdb.DuckDBPyConnection, name: str
) -> None:
    schema_only.execute(f"prepare bound as {QUERIES[name].sql}")
