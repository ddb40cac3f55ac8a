-- Two tasks may train the same bytes: a model version is one of a task.
create table store.model_of_task (
    digest varchar not null,
    task varchar not null,
    base varchar not null,
    run varchar not null,
    artifacts varchar not null,
    created_at timestamptz not null,
    primary key (digest, task)
);

insert into store.model_of_task (digest, task, base, run, artifacts, created_at)
select digest, task, base, run, artifacts, created_at from store.model_version;

drop table store.model_version;

alter table store.model_of_task rename to model_version;
