-- Events by the adapter that read them.
SELECT $__timeInterval(bucket) AS time, source, sum(v.events) AS seen
FROM audit_volumes AS v
WHERE $__timeFilter(bucket)
GROUP BY time, source
ORDER BY time, source
