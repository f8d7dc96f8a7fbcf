-- Tagged events by severity, before and after the change.
WITH (SELECT toStartOfDay(min(bucket)) FROM audit_states_hour WHERE revision = ${revision:sqlstring}) AS boundary
SELECT toString(severity) AS level, uniqExactMergeIf(s.events, bucket < boundary) AS tags_before, uniqExactMergeIf(s.events, bucket >= boundary) AS tags_after
FROM audit_states_hour AS s
WHERE bucket >= boundary - toIntervalDay(${days}) AND bucket < boundary + toIntervalDay(${days})
GROUP BY s.severity
ORDER BY s.severity
