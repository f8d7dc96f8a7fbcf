-- question: What was reviewed lately, by whom and with which reason?
-- owner: trust and safety
-- grain: one row per reviewed tag, newest first
-- param: category String = ''
-- param: limit UInt32 = 50
SELECT reviewed_at, reviewer, decision, reason, drawn, disputed, organization_id, event_id, category, rule, rule_version, outcome, severity,
       round(toFloat64(score), 4) AS score
FROM audit_reviews
WHERE {category:String} = '' OR category = {category:String}
ORDER BY reviewed_at DESC, organization_id, event_id, category
LIMIT {limit:UInt32}
