-- question: What are the most frequent values of a dimension that only verdicts have (rule, clause, use case …), against the period before?
-- owner: trust and safety
-- grain: one row per value
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: by Identifier = rule
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = ''
-- param: limit UInt32 = 20
WITH toDateTime({since:DateTime64(3, 'UTC')}, 'UTC') AS start, toDateTime({until:DateTime64(3, 'UTC')}, 'UTC') AS stop, stop - start AS length_s
SELECT toString({by:Identifier}) AS name, uniqExactIf((event_key, category), occurred_at >= start) AS tagged_events,
       uniqExactIf((event_key, category), occurred_at < start) AS events_before,
       uniqExactIf(organization_id, occurred_at >= start) AS organizations, maxIf(severity, occurred_at >= start) AS worst_severity,
       max(occurred_at) AS last_seen
FROM audit_verdicts_as_landed
WHERE toStartOfHour(occurred_at) >= start - length_s AND occurred_at >= start - length_s AND occurred_at < stop
  AND ({category:String} = '' OR category = {category:String})
  AND ({organization:String} = '' OR organization_id = {organization:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY name
HAVING tagged_events + events_before > 0
ORDER BY tagged_events DESC, events_before DESC, name
LIMIT {limit:UInt32}
