-- question: How much was seen, how much of it was tagged, and how much could not be read?
-- owner: compliance
-- grain: one row per hour (of event time; for dead letters, of their arrival)
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
SELECT hour, sum(seen_events) AS seen, sum(tagged_events) AS tagged, sum(letters) AS dead_lettered,
       round(tagged / greatest(seen, 1), 4) AS tagged_share
FROM
(
    SELECT bucket AS hour, sum(events) AS seen_events, 0 AS tagged_events, 0 AS letters
    FROM audit_volumes
    WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
    GROUP BY hour
    UNION ALL
    SELECT toDateTime(toStartOfHour(occurred_at), 'UTC') AS hour, 0, uniqExact(event_key), 0
    FROM audit_verdicts
    WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
    GROUP BY hour
    UNION ALL
    SELECT toDateTime(toStartOfHour(received_at), 'UTC') AS hour, 0, 0, count()
    FROM audit_dead_letters
    WHERE received_at >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND received_at < {until:DateTime64(3, 'UTC')}
    GROUP BY hour
)
GROUP BY hour
ORDER BY hour
