SELECT run_id, kind, pack_hash, period_from AS valid_from, period_to AS valid_to
FROM audit_run_periods
ORDER BY period_from
