-- Hours of event time that the worklist touches.
SELECT DISTINCT toDateTime(toStartOfHour(occurred_at), 'UTC') AS hour FROM erasing ORDER BY hour
