-- Verdicts of a span of event time, of all runs, without when they landed: landing again changes nothing.
SELECT * EXCEPT landed_at
FROM verdicts FINAL
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
