-- Categories and outcomes of the organization.
SELECT category, outcome, toString(max(severity)) AS worst_severity, uniqExactMerge(s.events) AS tagged_events, min(s.first_seen) AS first_tag,
       max(s.last_seen) AS last_tag
FROM audit_states_hour AS s
WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}
GROUP BY category, outcome
ORDER BY tagged_events DESC, category, outcome
