-- question: Which organizations changed most in which category, against the period before?
-- owner: trust and safety
-- grain: one row per organization and category; `surprise` is the change in standard deviations of a count that did not change
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: outcome String = violation
-- param: limit UInt32 = 8
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT organization_id, category, uniqExactMergeIf(s.events, bucket >= start) AS tagged_events,
       uniqExactMergeIf(s.events, bucket < start) AS events_before,
       round((toInt64(tagged_events) - toInt64(events_before)) / sqrt(tagged_events + events_before), 2) AS surprise, max(severity) AS worst_severity,
       max(s.last_seen) AS last_seen
FROM audit_states_hour AS s
WHERE bucket >= start - length_s AND bucket < stop
  AND ({category:String} = '' OR category = {category:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY organization_id, category
HAVING abs(surprise) >= 1
ORDER BY surprise DESC, tagged_events DESC, organization_id, category
LIMIT {limit:UInt32}
