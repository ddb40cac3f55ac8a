-- What MLflow showed of a run when it was logged: a document among the files, signed in a record.
create table store.seal (
    run varchar primary key,
    tracking_run varchar not null,
    document_sha256 varchar not null,
    record varchar not null,
    created_at timestamptz not null
);

create view seal as
select run, tracking_run, document_sha256, record, created_at from store.seal;
