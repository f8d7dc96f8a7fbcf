-- question: Which runs are there, with which pack, over which event time, and which counts where?
-- owner: compliance
-- grain: one row per run, newest first
SELECT run_id, kind, pack_hash, parent_run, valid_from, valid_to, opened_at, completed_at,
       run_id IN (SELECT run_id FROM audit_run_periods) AS is_current
FROM audit_runs
ORDER BY opened_at DESC, run_id
