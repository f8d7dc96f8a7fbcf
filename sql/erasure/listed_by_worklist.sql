-- Events on the worklist.
SELECT organization_id, toStartOfHour(occurred_at) AS hour, event_id, content_hash FROM erasing
