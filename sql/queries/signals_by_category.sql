-- question: What is rising or falling? Tagged events by category over time.
-- owner: trust and safety
-- grain: one row per bucket of event time, category and outcome
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: bucket_hours UInt32 = 1
SELECT toStartOfInterval(bucket, toIntervalHour({bucket_hours:UInt32}), toDateTime('1970-01-01 00:00:00', 'UTC')) AS time,
       category, outcome, sum(events) AS tagged_events, uniqExact(organization_id) AS organizations, round(toFloat64(max(max_score)), 4) AS highest_score
FROM audit_signals_hour
WHERE bucket >= toStartOfHour({since:DateTime64(3, 'UTC')}) AND bucket < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY time, category, outcome
ORDER BY time, category, outcome
