-- check: volumes by hour are the events of that hour (hours that are being landed right now aside, and those that wait to be recomputed)
-- next: plumbline db refresh-volumes
SELECT toString(bucket) AS place, sumIf(n, side = 'events') AS expected, sumIf(n, side = 'volumes') AS found,
       concat('the hour has ', toString(expected), ' events and ', toString(sumIf(tokens, side = 'events')), ' tokens, its volumes say ', toString(found),
              ' and ', toString(sumIf(tokens, side = 'volumes'))) AS difference
FROM
(
    SELECT 'events' AS side, toDateTime(toStartOfHour(occurred_at), 'UTC') AS bucket, count() AS n, sum(e.input_tokens + e.output_tokens) AS tokens
    FROM events AS e FINAL
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')}
    GROUP BY bucket
    UNION ALL
    SELECT 'volumes' AS side, bucket, sum(v.events) AS n, sum(v.input_tokens + v.output_tokens) AS tokens
    FROM audit_volumes AS v
    WHERE bucket >= {since:DateTime64(3, 'UTC')}
    GROUP BY bucket
)
WHERE bucket NOT IN
(
    -- Where an hour takes long to recompute, workers pause in between: streams/clickhouse/volumes.py.
    SELECT touched.hour
    FROM
    (
        SELECT arrayJoin(hours) AS hour, max(ledger.landed_at) AS last_landed_at FROM ledger
        WHERE ledger.landed_at > now64(3, 'UTC') - INTERVAL 5 MINUTE
        GROUP BY hour
    ) AS touched
    LEFT JOIN (SELECT bucket AS hour, max(computed_at) AS last_computed_at FROM volumes_hour GROUP BY hour) AS computed USING (hour)
    WHERE last_landed_at > now64(3, 'UTC') - INTERVAL 3 SECOND OR last_computed_at <= last_landed_at
)
GROUP BY bucket
HAVING expected != found OR sumIf(tokens, side = 'events') != sumIf(tokens, side = 'volumes')
ORDER BY place
