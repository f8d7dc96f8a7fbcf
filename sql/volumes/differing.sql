-- Hours whose volumes differ from their events.
SELECT bucket AS hour
FROM
(
    SELECT toDateTime(toStartOfHour(occurred_at), 'UTC') AS bucket, count() AS in_events, 0 AS in_volumes,
           sum(e.input_tokens + e.output_tokens) AS event_tokens, 0 AS volume_tokens
    FROM events AS e FINAL
    GROUP BY bucket
    UNION ALL
    SELECT bucket, 0, sum(v.events), 0, sum(v.input_tokens + v.output_tokens)
    FROM audit_volumes AS v
    GROUP BY bucket
)
GROUP BY bucket
HAVING sum(in_events) != sum(in_volumes) OR sum(event_tokens) != sum(volume_tokens)
ORDER BY hour
