-- How many rows each hour of a range of history has: what is decided at once is cut by it.
SELECT toStartOfHour(occurred_at) AS hour, count() AS events
FROM events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND landed_at >= {landed_from:DateTime64(3, 'UTC')}
GROUP BY hour
ORDER BY hour
