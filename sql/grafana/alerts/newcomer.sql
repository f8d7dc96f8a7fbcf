-- Violations of the last day by organizations that had none in the category before.
SELECT category, organization_id, uniqExactMerge(s.events) AS value
FROM audit_states_hour AS s
WHERE outcome = 'violation'
GROUP BY category, organization_id
HAVING min(s.first_seen) >= now64(3) - toIntervalDay(1)
ORDER BY category, organization_id
