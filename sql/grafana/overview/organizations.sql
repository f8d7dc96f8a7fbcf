-- Organizations with the most violations, and their rate per thousand of their events.
SELECT t.organization_id AS organization_id, t.violations AS violations, round(1000 * t.violations / greatest(v.seen, 1), 1) AS per_thousand,
       t.categories AS categories, t.worst_severity AS worst_severity
FROM
(
    SELECT organization_id, sum(tags) AS violations, count() AS categories, toString(max(worst)) AS worst_severity
    FROM
    (
        SELECT organization_id, category, uniqExactMerge(events) AS tags, max(severity) AS worst
        FROM audit_states_hour
        WHERE $__timeFilter(bucket) AND outcome = 'violation'
        GROUP BY organization_id, category
    )
    GROUP BY organization_id
    ORDER BY violations DESC, organization_id
    LIMIT 15
) AS t
LEFT JOIN (SELECT organization_id, sum(events) AS seen FROM audit_volumes WHERE $__timeFilter(bucket) GROUP BY organization_id) AS v USING organization_id
ORDER BY violations DESC, organization_id
