-- question: Which organizations turned up in a category for the first time?
-- owner: trust and safety
-- grain: one row per category and organization
-- param: since DateTime64(3, 'UTC') = 7d
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: outcome String = violation
-- param: limit UInt32 = 100
SELECT category, organization_id, min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen, sum(events) AS tagged_events,
       max(severity) AS worst_severity
FROM audit_signals_hour AS s
WHERE ({category:String} = '' OR category = {category:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
GROUP BY category, organization_id
HAVING first_seen >= {since:DateTime64(3, 'UTC')} AND first_seen < {until:DateTime64(3, 'UTC')}
ORDER BY tagged_events DESC, category, organization_id
LIMIT {limit:UInt32}
