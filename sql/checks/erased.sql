-- check: nothing is left of people whose rows were removed
-- next: plumbline erase --resume
-- A day's users are told by what they and the removed people count together; the day of the removal itself may hold what came after it.
WITH gone AS (SELECT organization_id, user_hash, until FROM erasures FINAL WHERE completed_at > toDateTime64(0, 3, 'UTC'))
SELECT concat(place, ' of ', organization_id) AS place, toUInt64(0) AS expected, toUInt64(n) AS found, concat(toString(n), what) AS difference
FROM
(
    SELECT 'events' AS place, organization_id, count() AS n, ' events of removed people' AS what
    FROM (SELECT organization_id, user_hash, occurred_at FROM events WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM gone)) AS r
    INNER JOIN gone AS g ON g.organization_id = r.organization_id AND g.user_hash = r.user_hash
    WHERE r.occurred_at <= g.until
    GROUP BY organization_id
    UNION ALL
    SELECT 'verdicts', organization_id, count(), ' verdicts of removed people'
    FROM (SELECT organization_id, user_hash, occurred_at FROM verdicts WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM gone)) AS r
    INNER JOIN gone AS g ON g.organization_id = r.organization_id AND g.user_hash = r.user_hash
    WHERE r.occurred_at <= g.until
    GROUP BY organization_id
    UNION ALL
    SELECT 'signals_day', organization_id, uniqExact(bucket), ' days whose signals count removed people'
    FROM
    (
        SELECT s.organization_id AS organization_id, s.bucket AS bucket, uniqExactMerge(s.users) AS counted, any(g.n) AS removed,
               uniqExactMerge(arrayJoin([s.users, g.state])) AS together
        FROM signals_day AS s
        INNER JOIN
        (
            SELECT organization_id, uniqExactState(user_hash) AS state, uniqExact(user_hash) AS n, min(until) AS until FROM gone GROUP BY organization_id
        ) AS g ON g.organization_id = s.organization_id
        WHERE s.bucket >= {since:DateTime64(3, 'UTC')} AND s.bucket < toStartOfDay(g.until)
        GROUP BY organization_id, bucket
    )
    WHERE together != counted + removed
    GROUP BY organization_id
)
ORDER BY place
