-- question: Which users (by keyed hash) come back with violations on several days?
-- owner: trust and safety
-- grain: one row per organization and user
-- param: since DateTime64(3, 'UTC') = 30d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: days UInt32 = 2
-- param: limit UInt32 = 50
SELECT organization_id, user_hash, uniqExact(event_key) AS tagged_events, uniqExact(toDate(occurred_at)) AS active_days,
       arraySort(groupUniqArray(category)) AS categories, max(severity) AS worst_severity, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen
FROM audit_verdicts
WHERE user_hash != 0 AND outcome = 'violation'
  AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
  AND occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
GROUP BY organization_id, user_hash
HAVING active_days >= {days:UInt32}
ORDER BY active_days DESC, tagged_events DESC, organization_id, user_hash
LIMIT {limit:UInt32}
