-- Hours whose events may be newer than their volumes: a worker ended between landing and recomputing. The ledger's time is taken before the rows are
-- inserted, and an insert may be repeated for minutes: hence the margin.
SELECT touched.hour AS hour
FROM (SELECT arrayJoin(hours) AS hour, max(landed_at) AS landed_at FROM ledger GROUP BY hour) AS touched
LEFT JOIN (SELECT bucket, max(computed_at) AS computed_at FROM volumes_hour GROUP BY bucket) AS computed ON computed.bucket = touched.hour
WHERE computed.computed_at <= touched.landed_at + INTERVAL 5 MINUTE
ORDER BY hour
