-- Tagged events by the revision that decided them.
SELECT $__timeInterval(bucket) AS time, revision, uniqExactMerge(events) AS tagged_events
FROM audit_states_hour
WHERE $__timeFilter(bucket)
GROUP BY time, revision
ORDER BY time, revision
