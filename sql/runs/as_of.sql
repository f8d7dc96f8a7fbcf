-- The run that was current for a moment of event time, by what was complete on a given day.
SELECT run_id, kind, pack_hash, valid_from, valid_to
FROM audit_runs
WHERE kind IN ('live', 'retag') AND completed_at > toDateTime64('1970-01-01 00:00:00', 3, 'UTC') AND completed_at <= {as_of:DateTime64(3, 'UTC')}
  AND valid_from <= {moment:DateTime64(3, 'UTC')} AND {moment:DateTime64(3, 'UTC')} < valid_to
ORDER BY opened_at DESC, run_id DESC
LIMIT 1
