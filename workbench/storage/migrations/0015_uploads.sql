-- Who sent which file, of the people who have a token: a digest alone opens nothing.
create table store.upload (
    sha256 varchar not null,
    principal varchar not null,
    created_at timestamptz not null,
    primary key (sha256, principal)
);
