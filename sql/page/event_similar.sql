-- question: Which other events have nearly the same text?
-- owner: trust and safety
-- grain: one row per event; `distance` counts differing bits of the similarity hash
-- param: similarity UInt64
-- param: event String
-- param: around DateTime64(3, 'UTC')
-- param: days UInt32 = 7
-- param: limit UInt32 = 20
SELECT organization_id, event_id, min(v.occurred_at) AS first_at, groupUniqArray(v.category) AS categories,
       min(bitHammingDistance(v.similarity, {similarity:UInt64})) AS distance
FROM audit_verdicts AS v
WHERE v.similarity != 0 AND bitHammingDistance(v.similarity, {similarity:UInt64}) <= 3 AND event_id != {event:String}
  AND v.occurred_at >= {around:DateTime64(3, 'UTC')} - toIntervalDay({days:UInt32}) AND v.occurred_at < {around:DateTime64(3, 'UTC')} + toIntervalDay({days:UInt32})
GROUP BY organization_id, event_id
ORDER BY distance, first_at DESC
LIMIT {limit:UInt32}
