-- question: How many events were there in all, by a dimension of volumes, against the period before?
-- owner: trust and safety
-- grain: one row per value
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: by Identifier = model
-- param: organization String = ''
-- param: limit UInt32 = 10
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT toString({by:Identifier}) AS name, sumIf(events, bucket >= start) AS all_events, sumIf(events, bucket < start) AS all_before,
       sumIf(v.input_tokens + v.output_tokens, bucket >= start) AS tokens
FROM audit_volumes AS v
WHERE bucket >= start - length_s AND bucket < stop
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY name
HAVING all_events + all_before > 0
ORDER BY all_events DESC, name
LIMIT {limit:UInt32}
