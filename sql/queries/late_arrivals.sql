-- question: How late do events arrive, and how long until they are landed?
-- owner: platform
-- grain: one row per source
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: organization String = ''
-- Arrival is the time of the Kafka record; an event that is dated ahead of it counts as in time.
SELECT source, count() AS all_events, countIf(received_at - occurred_at > 3600) AS over_an_hour, countIf(received_at - occurred_at > 86400) AS over_a_day,
       round(quantileExact(0.5)(greatest(toFloat64(received_at - occurred_at), 0)), 3) AS median_late_s,
       round(quantileExact(0.99)(greatest(toFloat64(received_at - occurred_at), 0)), 3) AS p99_late_s,
       round(quantileExact(0.99)(greatest(toFloat64(landed_at - received_at), 0)), 3) AS p99_landing_s
FROM audit_events
WHERE toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY source
ORDER BY all_events DESC, source
