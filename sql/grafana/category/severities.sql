-- Tagged events by severity over time.
SELECT $__timeInterval(bucket) AS time, toString(severity) AS severity, uniqExactMerge(events) AS tagged_events
FROM audit_states_hour AS s
WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category)
GROUP BY time, s.severity
ORDER BY time, s.severity
