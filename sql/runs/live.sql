-- Live runs in the order they were opened, and the newest event time that has landed (1970 if none): a new run must begin after it.
SELECT run_id, pack_hash, (SELECT max(occurred_at) FROM events) AS newest_event, now64(3, 'UTC') AS now
FROM audit_runs
WHERE kind = 'live'
ORDER BY opened_at, run_id
