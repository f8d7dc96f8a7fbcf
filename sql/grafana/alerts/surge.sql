-- Violations of a category in the last hour, in standard deviations above the mean of the same hour of the last seven days.
SELECT category, (toFloat64(tags_now) - usual) / sqrt(usual + 1) AS value
FROM
(
    SELECT category, uniqExactMergeIf(s.events, bucket >= now() - toIntervalHour(2)) AS tags_now,
           uniqExactMergeIf(s.events, bucket < now() - toIntervalHour(2)) / 7 AS usual
    FROM audit_states_hour AS s
    WHERE outcome = 'violation' AND bucket >= now() - toIntervalDay(8) AND bucket <= now()
      AND dateDiff('hour', bucket, toStartOfHour(now())) % 24 IN (0, 1)
    GROUP BY category
)
WHERE tags_now >= 10
ORDER BY category
