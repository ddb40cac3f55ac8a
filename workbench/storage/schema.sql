-- Generated from migrations/ by `python -m workbench.storage.schema`; do not edit.

create schema store;

create table store.access_token (
    sha256 varchar not null,
    principal varchar not null,
    granted_at timestamp with time zone not null,
    revoked_at timestamp with time zone,
    PRIMARY KEY(sha256),
    CHECK(regexp_full_match(sha256, '[0-9a-f]{64}'))
);

create table store.bounty (
    champion varchar not null,
    owner varchar not null,
    amount bigint not null,
    PRIMARY KEY(champion, "owner"),
    CHECK((amount >= 0))
);

create table store.bounty_settlement (
    champion varchar not null,
    outcome varchar not null,
    entry varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(champion),
    CHECK((outcome IN ('final', 'void')))
);

create table store.champion (
    id varchar not null,
    task varchar not null,
    number integer not null,
    proposal varchar not null,
    base varchar not null,
    model varchar not null,
    gain bigint not null,
    bounty bigint not null,
    created_at timestamp with time zone not null,
    final_at timestamp with time zone,
    PRIMARY KEY(id),
    UNIQUE(proposal),
    UNIQUE(task, number),
    CHECK((bounty >= 0)),
    CHECK((gain >= 0)),
    CHECK((number >= 1))
);

create table store.champion_alias (
    task varchar not null,
    model varchar not null,
    updated_at timestamp with time zone not null,
    PRIMARY KEY(task)
);

create table store.contribution (
    id varchar not null,
    task varchar not null,
    owner varchar not null,
    principal varchar not null,
    state varchar not null,
    file_name varchar not null,
    file_sha256 varchar not null,
    rows_sha256 varchar not null,
    license varchar not null,
    n_rows_submitted bigint not null,
    n_rows bigint not null,
    findings varchar not null,
    record varchar,
    created_at timestamp with time zone not null,
    updated_at timestamp with time zone not null,
    commitment varchar,
    counted_sha256 varchar,
    PRIMARY KEY(id),
    CHECK((n_rows BETWEEN 0 AND n_rows_submitted)),
    CHECK((n_rows_submitted >= 0)),
    CHECK((state IN ('draft', 'submitted', 'checked', 'quarantined', 'accepted', 'refused', 'withdrawn')))
);

create table store.contribution_row (
    contribution varchar not null,
    position bigint not null,
    task varchar not null,
    sha256 varchar not null,
    PRIMARY KEY(contribution, "position")
);

create table store.displaced_row (
    contribution varchar not null,
    position bigint not null,
    owner varchar not null
);

create table store.dispute (
    id varchar not null,
    epoch varchar not null,
    owner varchar not null,
    reason varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(id),
    UNIQUE(epoch, "owner")
);

create table store.entry (
    seq bigint not null,
    id varchar not null,
    kind varchar not null,
    reason varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(seq),
    UNIQUE(id),
    CHECK((seq >= 0))
);

create table store.epoch (
    id varchar not null,
    task varchar not null,
    number integer not null,
    study varchar not null,
    pool bigint not null,
    paid bigint not null,
    returned bigint not null,
    record varchar not null,
    created_at timestamp with time zone not null,
    final_at timestamp with time zone,
    PRIMARY KEY(id),
    UNIQUE(task, number),
    CHECK(((paid + returned) = pool)),
    CHECK((number >= 1)),
    CHECK((paid >= 0)),
    CHECK((pool > 0)),
    CHECK((returned >= 0))
);

create table store.evaluation (
    game varchar not null,
    coalition varchar not null,
    words ubigint[] not null,
    replicate integer not null,
    utility double not null,
    block_utilities double[] not null,
    seed varchar not null,
    job varchar not null,
    seconds double not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(game, coalition, replicate),
    CHECK(("seconds" >= 0)),
    CHECK((len(words) BETWEEN 1 AND 16)),
    CHECK((replicate >= 0)),
    CHECK(isfinite(utility))
);

create table store.game (
    id varchar not null,
    task varchar,
    spec varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(id)
);

create table store.gate (
    proposal varchar not null,
    task varchar not null,
    hidden_sha256 varchar not null,
    losses_sha256 varchar,
    details varchar,
    created_at timestamp with time zone not null,
    PRIMARY KEY(proposal)
);

create table store.gate_test (
    task varchar not null,
    rows_sha256 varchar not null,
    PRIMARY KEY(task)
);

create table store.hidden_row (
    task varchar not null,
    sha256 varchar not null,
    PRIMARY KEY(task, sha256)
);

create table store.hold (
    id varchar not null,
    payer varchar not null,
    payee varchar not null,
    amount bigint not null,
    settled bigint not null,
    state varchar not null,
    closed_by varchar,
    expires_at timestamp with time zone not null,
    created_at timestamp with time zone not null,
    closed_at timestamp with time zone,
    PRIMARY KEY(id),
    CHECK(((state = 'held') = (closed_at IS NULL))),
    CHECK(((state = 'settled') = (settled > 0))),
    CHECK((amount > 0)),
    CHECK((settled BETWEEN 0 AND amount)),
    CHECK((state IN ('held', 'settled', 'void', 'expired')))
);

create table store.idempotency (
    key varchar not null,
    request_sha256 varchar not null,
    response varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY("key")
);

create table store.job (
    id varchar not null,
    verb varchar not null,
    task varchar,
    request varchar not null,
    state varchar not null,
    result varchar,
    problem varchar,
    attempts integer not null default 0,
    created_at timestamp with time zone not null,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    requested_by varchar,
    priority integer default 0,
    PRIMARY KEY(id),
    CHECK((state IN ('queued', 'running', 'done', 'failed', 'cancelled')))
);

create table store.job_event (
    job varchar not null,
    seq bigint not null,
    event varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(job, seq)
);

create table store.log (
    seq bigint not null,
    kind varchar not null,
    entry varchar not null,
    prev varchar not null,
    head varchar not null,
    PRIMARY KEY(seq),
    CHECK((kind IN ('record', 'entry'))),
    CHECK((seq >= 0))
);

create table store.look (
    study varchar not null,
    n_evaluations bigint not null,
    player integer not null,
    value double not null,
    low double not null,
    high double not null,
    PRIMARY KEY(study, n_evaluations, player)
);

create table store.member (
    record varchar not null,
    owner varchar not null,
    principal varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(record)
);

create table store.migration (
    version integer not null,
    name varchar not null,
    sha256 varchar not null,
    applied_at timestamp with time zone not null,
    PRIMARY KEY("version")
);

create table store.mirrored_head (
    size bigint not null,
    origin varchar not null,
    root varchar not null,
    head varchar not null,
    manifest_sha256 varchar not null,
    imported_at timestamp with time zone not null,
    PRIMARY KEY(size),
    CHECK((size >= 0))
);

create table store.mirrored_run (
    run varchar not null,
    origin varchar not null,
    entry_sha256 varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(run)
);

create table store.model_version (
    digest varchar not null,
    task varchar not null,
    base varchar not null,
    run varchar not null,
    artifacts varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(digest, task)
);

create table store.payout (
    epoch varchar not null,
    owner varchar not null,
    units hugeint not null,
    amount bigint not null,
    PRIMARY KEY(epoch, "owner"),
    CHECK((amount >= 0))
);

create table store.permutation (
    study varchar not null,
    ordinal integer not null,
    players integer[] not null,
    coalitions varchar[] not null,
    PRIMARY KEY(study, ordinal)
);

create table store.player (
    game varchar not null,
    position integer not null,
    owner varchar not null,
    rows_sha256 varchar not null,
    n_rows bigint not null,
    PRIMARY KEY(game, "position"),
    UNIQUE(game, "owner", rows_sha256),
    CHECK(("position" BETWEEN 0 AND 1023)),
    CHECK((n_rows >= 0))
);

create table store.posting (
    entry varchar not null,
    ordinal integer not null,
    source varchar not null,
    destination varchar not null,
    amount bigint not null,
    PRIMARY KEY(entry, ordinal),
    CHECK(("source" != destination)),
    CHECK((amount > 0)),
    CHECK((ordinal >= 0))
);

create table store.principal (
    public_key varchar not null,
    name varchar not null,
    owner varchar not null,
    record varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(public_key),
    UNIQUE("name")
);

create table store.proposal (
    id varchar not null,
    task varchar not null,
    owner varchar not null,
    commitment varchar not null,
    base varchar not null,
    body varchar not null,
    state varchar not null,
    reason varchar not null,
    head varchar,
    model varchar,
    again_at timestamp with time zone,
    created_at timestamp with time zone not null,
    updated_at timestamp with time zone not null,
    PRIMARY KEY(id),
    UNIQUE(commitment),
    CHECK((state IN ('revealed', 'checked', 'evaluated', 'merged', 'rejected', 'waiting', 'stale')))
);

create table store.record (
    seq bigint not null,
    content_id varchar not null,
    kind varchar not null,
    author varchar not null,
    envelope varchar not null,
    previous varchar not null,
    head varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(seq),
    UNIQUE(content_id),
    CHECK((seq >= 0))
);

create table store.resolution (
    dispute varchar not null,
    record varchar not null,
    owner varchar not null,
    decision varchar not null,
    reason varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(dispute),
    CHECK((decision IN ('uphold', 'dismiss')))
);

create table store.rollback (
    champion varchar not null,
    record varchar not null,
    reason varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(champion)
);

create table store.run (
    id varchar not null,
    task varchar not null,
    kind varchar not null,
    spec varchar not null,
    model varchar,
    metrics varchar not null,
    details varchar not null,
    tracking_state varchar not null,
    tracking_run varchar,
    created_at timestamp with time zone not null,
    PRIMARY KEY(id),
    CHECK((kind IN ('fine-tune', 'comparison', 'valuation'))),
    CHECK((tracking_state IN ('pending', 'logged')))
);

create table store.seal (
    run varchar not null,
    tracking_run varchar not null,
    document_sha256 varchar not null,
    record varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(run)
);

create table store.sealed_value (
    study varchar not null,
    player integer not null,
    owner varchar not null,
    n_rows bigint not null,
    value double not null,
    standard_error double not null,
    low double not null,
    high double not null,
    rank integer not null,
    probability_of_rank double not null,
    units hugeint not null,
    PRIMARY KEY(study, player),
    CHECK((probability_of_rank BETWEEN 0 AND 1)),
    CHECK((rank >= 1))
);

create table store.settlement (
    epoch varchar not null,
    outcome varchar not null,
    entry varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(epoch),
    CHECK((outcome IN ('final', 'void')))
);

create table store.signing_key (
    public_key varchar not null,
    principal varchar not null,
    owner varchar not null,
    replaced_by varchar,
    address varchar,
    roles varchar not null,
    record varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(public_key),
    CHECK(regexp_full_match(address, '0x[0-9a-f]{40}'))
);

create table store.study (
    id varchar not null,
    game varchar not null,
    task varchar not null,
    method varchar not null,
    budget bigint not null,
    seed varchar not null,
    state varchar not null,
    players integer[] not null,
    n_replicates integer not null,
    options varchar not null,
    answered_by varchar not null,
    why varchar not null,
    converged boolean not null,
    record varchar,
    created_at timestamp with time zone not null,
    sealed_at timestamp with time zone,
    PRIMARY KEY(id),
    CHECK((budget >= 2)),
    CHECK((n_replicates >= 1)),
    CHECK((state IN ('running', 'sealed', 'failed')))
);

create table store.study_coalition (
    study varchar not null,
    coalition varchar not null,
    ordinal integer not null,
    is_given boolean not null,
    n_replicates integer,
    PRIMARY KEY(study, coalition),
    CHECK((ordinal >= 0))
);

create table store.task (
    id varchar not null,
    title varchar not null,
    kind varchar not null,
    spec varchar not null,
    hidden_rows_sha256 varchar not null,
    sponsor varchar not null,
    record varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(id)
);

create table store.treasury_move (
    id varchar not null,
    kind varchar not null,
    destination varchar not null,
    amount bigint not null,
    state varchar not null,
    proposed_by varchar not null,
    approved_by varchar,
    approval varchar,
    created_at timestamp with time zone not null,
    PRIMARY KEY(id),
    CHECK(((state = 'executed') = ((approval IS NOT NULL) AND (approved_by IS NOT NULL)))),
    CHECK((amount > 0)),
    CHECK((approved_by != proposed_by)),
    CHECK((state IN ('proposed', 'executed')))
);

create table store.upload (
    sha256 varchar not null,
    principal varchar not null,
    created_at timestamp with time zone not null,
    PRIMARY KEY(sha256, principal)
);

CREATE VIEW balance AS SELECT account, CAST(sum(amount) AS BIGINT) AS amount FROM ((SELECT destination AS account, amount FROM store.posting) UNION ALL (SELECT "source" AS account, (-(amount)) AS amount FROM store.posting)) AS movement GROUP BY account;

CREATE VIEW bounty AS SELECT champion, "owner", amount FROM store.bounty;

CREATE VIEW champion AS SELECT m.id, m.task, m.number, m.proposal, m.base, m.model, m.gain, m.bounty, m.created_at, m.final_at, s.outcome, r.reason AS rolled_back_because, r.created_at AS rolled_back_at FROM ((store.champion AS m LEFT JOIN store.bounty_settlement AS s ON ((m.id = s.champion))) LEFT JOIN store."rollback" AS r ON ((m.id = r.champion)));

CREATE VIEW comparison_row AS SELECT run, task, line.model, line.metric, line.score, line.low, line.high, line.difference, line.difference_low, line.difference_high, line.p, line.test, line.verdict, created_at FROM (SELECT id AS run, task, created_at, unnest(from_json((CAST(details AS "json") -> 'scores'), '[{
            "model": "varchar", "metric": "varchar", "score": "double",
            "low": "double", "high": "double", "difference": "double",
            "difference_low": "double", "difference_high": "double",
            "p": "double", "test": "varchar", "verdict": "varchar"
        }]')) AS line FROM store.run WHERE (kind = 'comparison'));

CREATE VIEW contribution AS SELECT id, task, "owner", state, file_name, file_sha256, license, n_rows_submitted, n_rows, created_at, updated_at FROM store.contribution;

CREATE VIEW dataset AS SELECT used.run, used.task, line."name" AS "owner", line.sha256 AS rows_sha256 FROM (SELECT id AS run, task, unnest(from_json((CAST(details AS "json") -> 'datasets'), '[{"name": "varchar", "sha256": "varchar"}]')) AS line FROM store.run) AS used;

CREATE VIEW dataset_withdrawn AS WITH gone AS ((SELECT id, task, "owner", updated_at, rows_sha256 FROM store.contribution WHERE (state = 'withdrawn')) UNION (SELECT c.id, c.task, c."owner", c.updated_at, (r.envelope ->> '$.body.rows_sha256') AS rows_sha256 FROM (store.record AS r INNER JOIN store.contribution AS c ON (((r.envelope ->> '$.body.contribution') = c.id))) WHERE ((r.kind = 'counted') AND (c.state = 'withdrawn')))) SELECT DISTINCT d.run, d.task, g.id AS contribution, d."owner", d.rows_sha256, g.updated_at AS withdrawn_at FROM (dataset AS d INNER JOIN gone AS g ON (((d.task = g.task) AND (d."owner" = g."owner") AND (d.rows_sha256 = g.rows_sha256))));

CREATE VIEW dispute AS SELECT d.id, d.epoch, d."owner", d.reason, d.created_at, r.decision, r."owner" AS decided_by, r.reason AS decided_because, r.created_at AS decided_at FROM (store.dispute AS d LEFT JOIN store.resolution AS r ON ((d.id = r.dispute)));

CREATE VIEW entry AS SELECT seq, id, kind, reason, created_at FROM store.entry;

CREATE VIEW epoch AS SELECT id, task, number, study, pool, paid, returned, final_at, created_at FROM store.epoch;

CREATE VIEW evaluation AS SELECT game, coalition, words, replicate, utility, block_utilities, seed, job, "seconds", created_at FROM store.evaluation;

CREATE VIEW "hold" AS SELECT id, payer, payee, amount, settled, state, expires_at, created_at, closed_at FROM store."hold";

CREATE VIEW job AS SELECT id, verb, task, state, attempts, requested_by, priority, created_at, started_at, finished_at FROM store.job;

CREATE VIEW leaderboard AS SELECT e.task, e.number AS epoch, v."owner", v.n_rows, v."value", v.standard_error, v.rank, p.amount, (CAST(p.amount AS double) / e.pool) AS "share" FROM ((store.epoch AS e INNER JOIN store.sealed_value AS v ON ((e.study = v.study))) INNER JOIN store.payout AS p ON (((e.id = p.epoch) AND (v."owner" = p."owner"))));

CREATE VIEW log AS SELECT seq, kind, entry, prev, head FROM store.log;

CREATE VIEW look AS SELECT study, n_evaluations, player, "value", low, high FROM store.look;

CREATE VIEW mirrored_head AS SELECT size, origin, root, manifest_sha256, imported_at FROM store.mirrored_head;

CREATE VIEW mirrored_run AS SELECT run, origin, entry_sha256, created_at FROM store.mirrored_run;

CREATE VIEW model_version AS SELECT m.digest, m.task, m.base, m.run, EXISTS(SELECT 1 FROM dataset_withdrawn AS w WHERE (w.run = m.run)) AS has_withdrawn_data, m.created_at FROM store.model_version AS m;

CREATE VIEW payout AS SELECT epoch, "owner", units, amount FROM store.payout;

CREATE VIEW permutation AS SELECT study, ordinal, players, coalitions FROM store.permutation;

CREATE VIEW player AS SELECT game, "position", "owner", n_rows FROM store.player;

CREATE VIEW posting AS SELECT entry, ordinal, "source", destination, amount FROM store.posting;

CREATE VIEW principal AS SELECT k.public_key, k.principal AS "name", k."owner", p.created_at, k.address, k.roles FROM (store.signing_key AS k INNER JOIN store.principal AS p ON ((k.principal = p."name"))) WHERE (k.replaced_by IS NULL);

CREATE VIEW proposal AS SELECT id, task, "owner", commitment, base, state, reason, model, again_at, created_at, updated_at FROM store.proposal;

CREATE VIEW record AS SELECT seq, content_id, kind, author, previous, head, created_at FROM store.record;

CREATE VIEW run AS SELECT id, task, kind, model, metrics, tracking_state, tracking_run, created_at FROM store.run;

CREATE VIEW seal AS SELECT run, tracking_run, document_sha256, record, created_at FROM store.seal;

CREATE VIEW semivalue_by_size AS WITH measured AS (SELECT s.id AS study, s.players, e.coalition, any_value(e.words) AS words, (sum(e.utility ORDER BY e.replicate) / count_star()) AS utility FROM ((store.study AS s INNER JOIN store.study_coalition AS c ON ((s.id = c.study))) INNER JOIN store.evaluation AS e ON (((s.game = e.game) AND (c.coalition = e.coalition) AND (COALESCE(c.n_replicates, s.n_replicates) > e.replicate)))) GROUP BY s.id, s.players, e.coalition), members AS (SELECT study, coalition, utility, CAST(list_sum(list_apply(words, (lambda word: bit_count(word)))) AS INTEGER) AS size, unnest(players) AS player, words FROM measured), sided AS (SELECT study, coalition, utility, player, (((COALESCE(words[(1 + (player // 64))], 0) >> (player % 64)) & 1) = 1) AS is_member, (size - CAST(((COALESCE(words[(1 + (player // 64))], 0) >> (player % 64)) & 1) AS INTEGER)) AS n_others FROM members) SELECT study, player, n_others, count_star() FILTER (WHERE is_member) AS n_with, (sum(utility ORDER BY coalition) FILTER (WHERE is_member) / count_star() FILTER (WHERE is_member)) AS mean_with, count_star() FILTER (WHERE (NOT is_member)) AS n_without, (sum(utility ORDER BY coalition) FILTER (WHERE (NOT is_member)) / count_star() FILTER (WHERE (NOT is_member))) AS mean_without FROM sided GROUP BY study, player, n_others;

CREATE VIEW settlement AS SELECT epoch, outcome, entry, created_at FROM store.settlement;

CREATE VIEW study AS SELECT id, game, task, "method", budget, seed, state, players, n_replicates, "options", answered_by, why, converged, created_at, sealed_at FROM store.study;

CREATE VIEW study_coalition AS SELECT study, coalition, ordinal, is_given, n_replicates FROM store.study_coalition;

CREATE VIEW task AS SELECT id, title, kind, sponsor, created_at FROM store.task;

CREATE VIEW treasury_move AS SELECT id, kind, destination, amount, state, proposed_by, approved_by, created_at FROM store.treasury_move;

CREATE VIEW "value" AS SELECT study, player, "owner", n_rows, "value", standard_error, low, high, rank, probability_of_rank, units FROM store.sealed_value;

CREATE VIEW store.travelling_study AS SELECT s.id, s.game, s.n_replicates, r.seq FROM (store.study AS s INNER JOIN store.record AS r ON ((s.record = r.content_id))) WHERE ((s.state = 'sealed') AND (NOT (s.id = ANY(SELECT run FROM store.mirrored_run))));
