-- question: What did the policy say of the span's events?
-- owner: compliance
-- grain: one row per category and outcome
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT category, outcome, uniqExact(v.event_key) AS tagged_events, uniqExactIf(v.event_key, v.severity = 'critical') AS critical,
       uniqExactIf(v.event_key, v.severity = 'high') AS high, uniqExactIf(v.event_key, v.severity = 'medium') AS medium,
       uniqExactIf(v.event_key, v.severity = 'low') AS low, uniqExact(v.organization_id) AS organizations,
       round(1000 * tagged_events / greatest((
           SELECT sum(events) FROM audit_volumes WHERE bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
       ), 1), 3) AS per_thousand
FROM audit_verdicts AS v
WHERE v.occurred_at >= {since:DateTime64(3, 'UTC')} AND v.occurred_at < {until:DateTime64(3, 'UTC')}
GROUP BY category, outcome
ORDER BY category, outcome
