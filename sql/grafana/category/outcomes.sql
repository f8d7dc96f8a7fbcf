-- Tagged events by outcome over time.
SELECT $__timeInterval(bucket) AS time, outcome, uniqExactMerge(events) AS tagged_events
FROM audit_states_hour
WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category)
GROUP BY time, outcome
ORDER BY time, outcome
