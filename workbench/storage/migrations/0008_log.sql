-- One chain over records and ledger entries: head = sha256(entry), which names the head before.
-- The same bytes are the leaves of a Merkle tree, whose signed head lies outside this file.
create table store.log (
    seq bigint primary key check (seq >= 0),
    kind varchar not null check (kind in ('record', 'entry')),
    entry varchar not null,
    prev varchar not null,
    head varchar not null
);

create view log as select seq, kind, entry, prev, head from store.log;
