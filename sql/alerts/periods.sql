-- Which run is current for which time.
SELECT run_id, period_from, period_to FROM audit_run_periods ORDER BY period_from
