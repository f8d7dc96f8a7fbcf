-- question: How many events were there in all?
-- owner: platform
-- grain: one row
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
SELECT sum(events) AS all_events
FROM audit_volumes
WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
