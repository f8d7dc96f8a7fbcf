-- Tagged events of the organization by category over time.
SELECT $__timeInterval(bucket) AS time, category, uniqExactMerge(events) AS tagged_events
FROM audit_states_hour
WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}
GROUP BY time, category
ORDER BY time, category
