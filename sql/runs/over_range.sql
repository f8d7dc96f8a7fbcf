-- Runs of a kind over exactly a range of event time, oldest first: complete or not, and whether no later run has taken any of it over.
SELECT run_id, pack_hash, parent_run, completed_at > toDateTime64('1970-01-01 00:00:00', 3, 'UTC') AS complete,
       kind = 'shadow' OR run_id IN (SELECT run_id FROM audit_run_periods WHERE period_from >= {since:DateTime64(3, 'UTC')}) AS current
FROM audit_runs
WHERE kind = {kind:String} AND valid_from = {since:DateTime64(3, 'UTC')} AND valid_to = {until:DateTime64(3, 'UTC')}
ORDER BY opened_at, run_id
