-- A home that mirrors another server's: the heads that were taken in, each as its origin signed
-- it, and the digest of the manifest that came with it. A home of its own has no row.
create table store.mirrored_head (
    size bigint primary key check (size >= 0),
    origin varchar not null,
    root varchar not null,
    head varchar not null,
    manifest_sha256 varchar not null,
    imported_at timestamptz not null
);

create view mirrored_head as
select size, origin, root, manifest_sha256, imported_at from store.mirrored_head;

-- Studies that others may see: sealed, by this server.
create view store.travelling_study as
select s.id, s.game, s.n_replicates, r.seq
from store.study as s
inner join store.record as r on s.record = r.content_id
where s.state = 'sealed' and s.id not in (select run from store.mirrored_run);
