-- question: What was tagged under each revision of the policy?
-- owner: compliance
-- grain: one row per revision, category and outcome
SELECT revision, category, outcome, uniqExactMerge(s.events) AS tagged_events, uniqExact(organization_id) AS organizations, min(s.first_seen) AS first_seen,
       max(s.last_seen) AS last_seen, greatest(1, dateDiff('day', first_seen, last_seen) + 1) AS active_days
FROM audit_states_hour AS s
GROUP BY revision, category, outcome
ORDER BY revision, category, outcome
