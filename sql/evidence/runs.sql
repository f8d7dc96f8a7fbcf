-- All runs, for the lineage of those that decided.
SELECT run_id, kind, pack_hash, parent_run, valid_from, valid_to, opened_at, completed_at FROM audit_runs ORDER BY opened_at, run_id
