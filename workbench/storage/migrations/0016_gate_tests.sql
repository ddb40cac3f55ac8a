-- The hidden test that only gates ask, of tasks that have one of its own for them.
create table store.gate_test (
    task varchar primary key,
    rows_sha256 varchar not null
);
