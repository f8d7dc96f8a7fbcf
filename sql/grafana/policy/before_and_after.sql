-- Tagged events per day in the days before and after the revision's first, by category and outcome.
WITH (SELECT toStartOfDay(min(bucket)) FROM audit_states_hour WHERE revision = ${revision:sqlstring}) AS boundary
SELECT category, outcome, round(uniqExactMergeIf(s.events, bucket < boundary) / ${days}, 2) AS per_day_before,
       round(uniqExactMergeIf(s.events, bucket >= boundary) / ${days}, 2) AS per_day_after, round(per_day_after - per_day_before, 2) AS difference
FROM audit_states_hour AS s
WHERE bucket >= boundary - toIntervalDay(${days}) AND bucket < boundary + toIntervalDay(${days})
GROUP BY category, outcome
ORDER BY abs(difference) DESC, category, outcome
