-- Organizations by violations, with when the first and the last one was.
SELECT organization_id, uniqExactMerge(s.events) AS violations, min(s.first_seen) AS first_violation, max(s.last_seen) AS last_violation,
       round(max(s.max_score), 3) AS highest_score
FROM audit_states_hour AS s
WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category) AND outcome = 'violation'
GROUP BY organization_id
ORDER BY violations DESC, organization_id
LIMIT 20
