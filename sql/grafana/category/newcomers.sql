-- Organizations whose first violation in the category falls into the period.
SELECT category, organization_id, min(s.first_seen) AS first_violation, uniqExactMerge(s.events) AS violations
FROM audit_states_hour AS s
WHERE $__conditionalAll(category IN (${category:sqlstring}), $category) AND outcome = 'violation'
GROUP BY category, organization_id
HAVING $__timeFilter(first_violation)
ORDER BY violations DESC, category, organization_id
LIMIT 20
