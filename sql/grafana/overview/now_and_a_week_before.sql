-- All violations, and those of the same hours a week before, moved onto this week.
SELECT $__timeInterval(at) AS time, period, sum(tags) AS violations
FROM
(
    SELECT bucket AS at, 'this week' AS period, category, uniqExactMerge(events) AS tags
    FROM audit_states_hour
    WHERE $__timeFilter(bucket) AND outcome = 'violation'
    GROUP BY at, category
    UNION ALL
    SELECT bucket + toIntervalDay(7) AS at, 'a week before' AS period, category, uniqExactMerge(events) AS tags
    FROM audit_states_hour
    WHERE bucket >= $__fromTime - toIntervalDay(7) AND bucket <= $__toTime - toIntervalDay(7) AND outcome = 'violation'
    GROUP BY at, category
)
GROUP BY time, period
ORDER BY time, period
