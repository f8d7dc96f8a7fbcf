-- All events of the organization.
SELECT $__timeInterval(bucket) AS time, sum(v.events) AS seen
FROM audit_volumes AS v
WHERE $__timeFilter(bucket) AND organization_id = ${organization:sqlstring}
GROUP BY time
ORDER BY time
