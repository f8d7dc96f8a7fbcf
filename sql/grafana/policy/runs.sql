-- Runs: which policy pack decided which stretch of event time, and since when.
SELECT run_id, kind, pack_hash, valid_from, valid_to, opened_at, completed_at
FROM audit_runs
ORDER BY opened_at DESC
LIMIT 20
