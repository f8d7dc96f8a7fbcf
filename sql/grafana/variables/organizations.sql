-- Organizations with tagged events, most tagged first.
SELECT organization_id FROM audit_states_hour GROUP BY organization_id ORDER BY uniqExactMerge(events) DESC, organization_id LIMIT 1000
