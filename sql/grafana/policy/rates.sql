-- Share of the events around the change that were tagged, before and after: the mix of traffic may differ, so read it beside the counts.
WITH (SELECT toStartOfDay(min(bucket)) FROM audit_states_hour WHERE revision = ${revision:sqlstring}) AS boundary
SELECT if(day < boundary, 'before', 'after') AS side, sum(seen) AS events_seen, sum(tagged) AS events_tagged,
       round(1000 * events_tagged / greatest(events_seen, 1), 1) AS per_thousand
FROM
(
    SELECT toStartOfDay(bucket) AS day, sum(events) AS seen, 0 AS tagged FROM audit_volumes WHERE bucket >= boundary - toIntervalDay(${days}) AND bucket < boundary + toIntervalDay(${days}) GROUP BY day
    UNION ALL
    SELECT toStartOfDay(bucket) AS day, 0 AS seen, uniqExactMerge(events) AS tagged FROM audit_states_hour WHERE bucket >= boundary - toIntervalDay(${days}) AND bucket < boundary + toIntervalDay(${days}) GROUP BY day
)
GROUP BY side
ORDER BY side DESC
