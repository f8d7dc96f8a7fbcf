-- Violations per thousand of all events.
SELECT $__timeInterval(at) AS time, round(1000 * sum(tags) / greatest(sum(seen), 1), 2) AS per_thousand
FROM
(
    SELECT bucket AS at, category, uniqExactMerge(events) AS tags, 0 AS seen
    FROM audit_states_hour
    WHERE $__timeFilter(bucket) AND $__conditionalAll(category IN (${category:sqlstring}), $category) AND outcome = 'violation'
    GROUP BY at, category
    UNION ALL
    SELECT bucket AS at, '' AS category, 0 AS tags, sum(events) AS seen FROM audit_volumes WHERE $__timeFilter(bucket) GROUP BY at
)
GROUP BY time
HAVING sum(seen) > 0
ORDER BY time
