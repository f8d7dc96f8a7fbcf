-- question: How many of a thousand events really are violations, with what the rules miss?
-- owner: compliance
-- grain: one row per category with tags or misses
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- Stratified: tagged events times the precision of random reviews, and untagged events (near: something was detected; clear: nothing was) times the share
-- of misses among random assessments of their stratum. Reviews and assessments of any time. 95 % interval: normal, each share's variance by Agresti and
-- Coull. NULL while a stratum that has events was never looked at. Few assessments of many clear events make a wide interval: that is the truth.
WITH 1.959964 AS z,
     (
         SELECT sum(events) FROM audit_volumes
         WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
     ) AS all_events,
     (
         SELECT (uniqExactIf(event_key, NOT tagged AND near), uniqExactIf(event_key, NOT tagged AND NOT near))
         FROM
         (
             SELECT event_key, notEmpty(`detections.category`) AS near, event_key IN (SELECT event_key FROM audit_verdicts_as_landed) AS tagged
             FROM audit_events
             WHERE occurred_at >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
         )
     ) AS untagged,
     (SELECT (countIf(stratum = 'near'), countIf(stratum = 'clear')) FROM audit_assessments WHERE drawn = 'random') AS assessed,
     (confirmed + 2) / (reviewed + 4) AS p, (missed_near + 2) / (assessed.1 + 4) AS q, (missed_clear + 2) / (assessed.2 + 4) AS s,
     if(tagged_events = 0, 0, if(reviewed = 0, NULL, tagged_events * confirmed / reviewed))
         + if(untagged.1 = 0, 0, if(assessed.1 = 0, NULL, untagged.1 * missed_near / assessed.1))
         + if(untagged.2 = 0, 0, if(assessed.2 = 0, NULL, untagged.2 * missed_clear / assessed.2)) AS violations,
     sqrt(pow(tagged_events, 2) * p * (1 - p) / (reviewed + 4) + pow(untagged.1, 2) * q * (1 - q) / (assessed.1 + 4)
         + pow(untagged.2, 2) * s * (1 - s) / (assessed.2 + 4)) AS error
SELECT category, tagged_events, reviewed, confirmed, untagged.1 AS near_events, assessed.1 AS near_assessed, missed_near, untagged.2 AS clear_events,
       assessed.2 AS clear_assessed, missed_clear, round(1000 * violations / greatest(all_events, 1), 3) AS per_thousand,
       if(isNull(violations), NULL, round(1000 * greatest(0., violations - z * error) / greatest(all_events, 1), 3)) AS low,
       if(isNull(violations), NULL, round(1000 * least(toFloat64(all_events), violations + z * error) / greatest(all_events, 1), 3)) AS high
FROM
(
    SELECT category, sum(t) AS tagged_events, sum(r) AS reviewed, sum(c) AS confirmed, sum(n) AS missed_near, sum(m) AS missed_clear
    FROM
    (
        SELECT toString(category) AS category, uniqExactMerge(events) AS t, 0 AS r, 0 AS c, 0 AS n, 0 AS m
        FROM audit_states_hour
        WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')} AND outcome = 'violation'
        GROUP BY category
        UNION ALL
        SELECT toString(category), 0, count(), countIf(decision = 'confirmed'), 0, 0
        FROM audit_reviews
        WHERE drawn = 'random' AND outcome = 'violation'
        GROUP BY category
        UNION ALL
        SELECT toString(missed), 0, 0, 0, countIf(stratum = 'near'), countIf(stratum = 'clear')
        FROM audit_assessments
        WHERE drawn = 'random' AND missed != ''
        GROUP BY missed
    )
    GROUP BY category
)
WHERE tagged_events + missed_near + missed_clear > 0
ORDER BY violations DESC NULLS LAST, tagged_events DESC, category
