-- Closed hours in which verdicts landed since then.
SELECT toStartOfHour(occurred_at) AS hour, count() AS verdicts
FROM verdicts
WHERE landed_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {closed:DateTime64(3, 'UTC')}
GROUP BY hour
ORDER BY hour
