-- Where MLflow's SQLite says that artifacts lie, in a home that was restored elsewhere.

-- name: move_experiments
update experiments
set artifact_location = $after || substr(artifact_location, length($before) + 1)
where substr(artifact_location, 1, length($before)) = $before;

-- name: move_runs
update runs
set artifact_uri = $after || substr(artifact_uri, length($before) + 1)
where substr(artifact_uri, 1, length($before)) = $before;

-- name: move_models
update logged_models
set artifact_location = $after || substr(artifact_location, length($before) + 1)
where substr(artifact_location, 1, length($before)) = $before;

-- name: move_versions
update model_versions
set storage_location = $after || substr(storage_location, length($before) + 1)
where substr(storage_location, 1, length($before)) = $before;
