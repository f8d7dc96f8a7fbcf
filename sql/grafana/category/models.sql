-- Violations by model.
SELECT model, uniqExactMerge(events) AS violations
FROM audit_states_hour
WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category) AND outcome = 'violation'
GROUP BY model
ORDER BY violations DESC, model
LIMIT 12
