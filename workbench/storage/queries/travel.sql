-- What travels in a mirror of the whole home, table by table, the eldest rows first so that
-- what was exported stays as it is. `storage/travel.py` says which tables these are.

-- name: travel_principal
select public_key, name, owner, record, created_at
from store.principal
order by created_at, public_key;

-- name: travel_signing_key
select public_key, principal, owner, replaced_by, address, roles, record, created_at
from store.signing_key
order by created_at, public_key;

-- name: travel_member
select record, owner, principal, created_at
from store.member
order by created_at, record;

-- name: travel_task
select id, title, kind, spec, hidden_rows_sha256, sponsor, record, created_at
from store.task
order by created_at, id;

-- What was signed, with counts of what gates found: no names of files, no texts of rows.
-- name: travel_contribution
select
    id, task, owner, principal, state, file_sha256, rows_sha256, license, n_rows_submitted,
    n_rows,
    json_object(
        'findings',
        list_transform(
            from_json(
                findings -> '$.findings',
                '[{"gate": "varchar", "code": "varchar", "outcome": "varchar", "n_rows": "bigint"}]'
            ),
            lambda found: {
                'gate': found['gate'],
                'code': found['code'],
                'outcome': found['outcome'],
                'rows': []::bigint[],
                'n_rows': found['n_rows'],
                'message': found['code'],
                'remedy': ''
            }
        )
    )::varchar as findings,
    record, commitment, counted_sha256, created_at, updated_at
from store.contribution
where record is not null
order by created_at, id;

-- Digests of short rows give the rows away to whoever guesses: only those that may be shared.
-- name: travel_contribution_row
select w.contribution, w.position, w.task, w.sha256
from store.contribution_row as w
inner join store.contribution as c on w.contribution = c.id
inner join store.record as r on c.record = r.content_id
where c.state = 'accepted' and (r.envelope -> '$.body.right_to_share')::varchar = 'true'
order by c.created_at, w.contribution, w.position;

-- name: travel_displaced_row
select d.contribution, d.position, d.owner
from store.displaced_row as d
inner join store.contribution as c on d.contribution = c.id
inner join store.record as r on c.record = r.content_id
where c.state = 'accepted' and (r.envelope -> '$.body.right_to_share')::varchar = 'true'
order by c.created_at, d.contribution, d.position;

-- What models said to items of a hidden test stays with the test.
-- name: travel_run
select
    id, task, kind, spec, model, metrics,
    json_merge_patch(details, '{"generations": null, "disagreements": null}')::varchar as details,
    created_at
from store.run
where
    id not in (select run from store.mirrored_run)
    and (kind <> 'valuation' or id in (select id from store.travelling_study))
order by created_at, id;

-- name: travel_model_version
select digest, task, base, run, artifacts, created_at
from store.model_version
where run not in (select run from store.mirrored_run)
order by created_at, digest, task;

-- name: travel_seal
select run, tracking_run, document_sha256, record, created_at
from store.seal
order by created_at, run;

-- name: travel_game
select id, task, spec, created_at
from store.game
where id in (select game from store.travelling_study)
order by created_at, id;

-- name: travel_player
select p.game, p.position, p.owner, p.rows_sha256, p.n_rows
from store.player as p
inner join store.game as g on p.game = g.id
where p.game in (select game from store.travelling_study)
order by g.created_at, p.game, p.position;

-- name: travel_study
select
    s.id, s.game, s.task, s.method, s.budget, s.seed, s.state, s.players, s.n_replicates,
    s.options, s.answered_by, s.why, s.converged, s.record, s.created_at, s.sealed_at
from store.study as s
inner join store.travelling_study as t on s.id = t.id
order by t.seq;

-- name: travel_study_coalition
select c.study, c.coalition, c.ordinal, c.is_given, c.n_replicates
from store.study_coalition as c
inner join store.travelling_study as t on c.study = t.id
order by t.seq, c.ordinal;

-- name: travel_permutation
select p.study, p.ordinal, p.players, p.coalitions
from store.permutation as p
inner join store.travelling_study as t on p.study = t.id
order by t.seq, p.ordinal;

-- Those that a sealed study stands on, by the first one that does.
-- name: travel_evaluation
select
    e.game, e.coalition, any_value(e.words) as words, e.replicate, any_value(e.utility) as utility,
    any_value(e.block_utilities) as block_utilities, any_value(e.seed) as seed,
    any_value(e.job) as job, any_value(e.seconds) as seconds, any_value(e.created_at) as created_at
from store.evaluation as e
inner join store.travelling_study as t on e.game = t.game
inner join store.study_coalition as c
    on
        t.id = c.study
        and e.coalition = c.coalition
        and e.replicate < coalesce(c.n_replicates, t.n_replicates)
group by e.game, e.coalition, e.replicate
order by min(t.seq), e.game, e.coalition, e.replicate;

-- name: travel_look
select w.study, w.n_evaluations, w.player, w.value, w.low, w.high
from store.look as w
inner join store.travelling_study as t on w.study = t.id
order by t.seq, w.n_evaluations, w.player;

-- name: travel_sealed_value
select
    v.study, v.player, v.owner, v.n_rows, v.value, v.standard_error, v.low, v.high, v.rank,
    v.probability_of_rank, v.units
from store.sealed_value as v
inner join store.travelling_study as t on v.study = t.id
order by t.seq, v.player;

-- name: travel_epoch
select id, task, number, study, pool, paid, returned, record, created_at, final_at
from store.epoch
order by created_at, task, number;

-- name: travel_payout
select p.epoch, p.owner, p.units, p.amount
from store.payout as p
inner join store.epoch as e on p.epoch = e.id
order by e.created_at, p.epoch, p.owner;

-- name: travel_dispute
select id, epoch, owner, reason, created_at
from store.dispute
order by created_at, id;

-- name: travel_resolution
select dispute, record, owner, decision, reason, created_at
from store.resolution
order by created_at, dispute;

-- name: travel_settlement
select epoch, outcome, entry, created_at
from store.settlement
order by created_at, epoch;

-- name: travel_hold
select id, payer, payee, amount, settled, state, closed_by, expires_at, created_at, closed_at
from store.hold
order by created_at, id;

-- name: travel_treasury_move
select id, kind, destination, amount, state, proposed_by, approved_by, approval, created_at
from store.treasury_move
order by created_at, id;

-- name: travel_proposal
select
    id, task, owner, commitment, base, body, state, reason, head, model, again_at, created_at,
    updated_at
from store.proposal
order by created_at, id;

-- name: travel_champion
select id, task, number, proposal, base, model, gain, bounty, created_at, final_at
from store.champion
order by created_at, id;

-- name: travel_bounty
select b.champion, b.owner, b.amount
from store.bounty as b
inner join store.champion as c on b.champion = c.id
order by c.created_at, b.champion, b.owner;

-- name: travel_rollback
select champion, record, reason, created_at
from store.rollback
order by created_at, champion;

-- name: travel_bounty_settlement
select champion, outcome, entry, created_at
from store.bounty_settlement
order by created_at, champion;

-- Rows whose owners signed that they may be shared, and did not take back: as they were
-- submitted, and those of them that count.
-- name: travel_blobs
select distinct unnest([c.rows_sha256, nullif(c.counted_sha256, '')]) as sha256
from store.contribution as c
inner join store.record as r on c.record = r.content_id
where c.state = 'accepted' and (r.envelope -> '$.body.right_to_share')::varchar = 'true'
order by sha256;

-- Of this table, or of that of `storage/travel.py` which `Transaction.clear` puts in its place.
-- name: clear_table
delete from store.look;

-- name: mirrored_head
select size, origin, root, head, manifest_sha256, imported_at
from store.mirrored_head
order by size desc
limit 1;

-- name: put_mirrored_head
insert into store.mirrored_head (size, origin, root, head, manifest_sha256, imported_at)
values ($size, $origin, $root, $head, $manifest_sha256, $now)
on conflict (size) do update set
    head = excluded.head, manifest_sha256 = excluded.manifest_sha256;
