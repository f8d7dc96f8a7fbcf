-- question: Which runs were opened within the span: new packs, history that was decided again, policies that were tried in shadow?
-- owner: compliance
-- grain: one row per run, in the order in which they were opened
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT opened_at, run_id, kind, pack_hash, parent_run, valid_from, valid_to, (completed_at > toDateTime64('1970-01-01 00:00:00', 3, 'UTC'))::Bool AS complete
FROM audit_runs
WHERE opened_at >= {since:DateTime64(3, 'UTC')} AND opened_at < {until:DateTime64(3, 'UTC')}
ORDER BY opened_at, run_id
