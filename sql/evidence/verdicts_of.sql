-- Verdicts of some events, of all runs, as they are sealed.
SELECT * EXCEPT landed_at
FROM verdicts FINAL
WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
ORDER BY organization_id, occurred_at, event_id, run_id, category
