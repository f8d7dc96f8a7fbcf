-- question: Under which revisions of the policy were the span's events tagged?
-- owner: compliance
-- grain: one row per row of `runs` and revision, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
WITH (SELECT groupArray((period_from, period_to)) FROM audit_run_periods) AS periods
SELECT greatest(arrayFirst(p -> p.1 <= v.occurred_at AND v.occurred_at < p.2, periods).1, {since:DateTime64(3, 'UTC')}) AS in_force_from, run_id,
       revision, uniqExact(v.event_key) AS tagged_events, min(v.occurred_at) AS first_event, max(v.occurred_at) AS last_event
FROM audit_verdicts AS v
WHERE v.occurred_at >= {since:DateTime64(3, 'UTC')} AND v.occurred_at < {until:DateTime64(3, 'UTC')}
GROUP BY in_force_from, run_id, revision
ORDER BY in_force_from, first_event, revision
