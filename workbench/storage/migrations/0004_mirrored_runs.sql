-- Runs that another server recorded, brought here in a bundle: its key, and the entry's digest.
create table store.mirrored_run (
    run varchar primary key,
    origin varchar not null,
    entry_sha256 varchar not null,
    created_at timestamptz not null
);

create view mirrored_run as select run, origin, entry_sha256, created_at from store.mirrored_run;
