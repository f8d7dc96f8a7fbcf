-- Violations by category over time.
SELECT $__timeInterval(bucket) AS time, category, uniqExactMerge(events) AS violations
FROM audit_states_hour
WHERE $__timeFilter(bucket) AND outcome = 'violation'
GROUP BY time, category
ORDER BY time, category
