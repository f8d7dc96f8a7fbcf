-- question: How many of a thousand events really are violations, as far as reviewed samples tell?
-- owner: compliance
-- grain: one row per category
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- Tagged events times the precision of reviews that were drawn at random (of any time, the newest of each tag), with that precision's 95 % interval
-- (Wilson). NULL without such reviews. What the rules miss is not in it: reviews are of tags.
WITH 1.959964 AS z, nullIf(reviewed, 0) AS n, confirmed / n AS p, 1000 * tagged_events / greatest(all_events, 1) AS rate
SELECT category, tagged_events, all_events, reviewed, confirmed, round(p, 4) AS precision, round(rate * p, 3) AS per_thousand,
       round(rate * (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 3) AS low,
       round(rate * (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 3) AS high
FROM
(
    SELECT category, sum(t) AS tagged_events, sum(r) AS reviewed, sum(c) AS confirmed,
           (
               SELECT sum(events) FROM audit_volumes
               WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
           ) AS all_events
    FROM
    (
        SELECT category, uniqExactMerge(events) AS t, 0 AS r, 0 AS c
        FROM audit_states_hour
        WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')} AND outcome = 'violation'
        GROUP BY category
        UNION ALL
        SELECT category, 0, count(), countIf(decision = 'confirmed')
        FROM audit_reviews
        WHERE drawn = 'random' AND outcome = 'violation'
        GROUP BY category
    )
    GROUP BY category
)
WHERE tagged_events > 0
ORDER BY tagged_events DESC, category
