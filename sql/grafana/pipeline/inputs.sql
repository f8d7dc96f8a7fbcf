-- What became of the inputs: landed, dead-lettered, or set aside.
SELECT $__timeInterval(landed_at) AS time, sum(l.landed) AS landed, sum(l.dead_lettered) AS dead_lettered, sum(arraySum(mapValues(l.filtered))) AS set_aside
FROM audit_ledger AS l
WHERE $__timeFilter(landed_at)
GROUP BY time
ORDER BY time
