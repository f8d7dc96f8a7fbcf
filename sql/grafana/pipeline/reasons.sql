-- Dead letters by reason over time.
SELECT $__timeInterval(rejected_at) AS time, reason, count() AS dead_letters
FROM audit_dead_letters
WHERE $__timeFilter(rejected_at)
GROUP BY time, reason
ORDER BY time, reason
