-- Organizations whose tagged events changed most with the revision.
WITH (SELECT toStartOfDay(min(bucket)) FROM audit_states_hour WHERE revision = ${revision:sqlstring}) AS boundary
SELECT organization_id, uniqExactMergeIf(s.events, bucket < boundary) AS tags_before, uniqExactMergeIf(s.events, bucket >= boundary) AS tags_after,
       toInt64(tags_after) - toInt64(tags_before) AS difference
FROM audit_states_hour AS s
WHERE bucket >= boundary - toIntervalDay(${days}) AND bucket < boundary + toIntervalDay(${days})
GROUP BY organization_id
ORDER BY abs(difference) DESC, organization_id
LIMIT 15
