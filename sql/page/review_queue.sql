-- question: Which tags should a person look at next?
-- owner: trust and safety
-- grain: one row per tag that nobody has reviewed; drawn at random (the same draw for one `seed`), or the newest
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: rule String = ''
-- param: outcome String = ''
-- param: newest Bool = false
-- param: seed String = ''
-- param: limit UInt32 = 10
SELECT occurred_at, organization_id, event_id, content_hash, category, outcome, severity, round(toFloat64(v.score), 4) AS score, revision, clause, rule,
       rule_version, missing_safeguards, excused_by, field, start, end, audience, declared_use_case
FROM audit_verdicts_as_landed AS v
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
  AND ({category:String} = '' OR category = {category:String}) AND ({rule:String} = '' OR rule = {rule:String})
  AND ({outcome:String} = '' OR outcome = {outcome:String})
  AND (event_key, category, rule, rule_version) NOT IN (SELECT event_key, category, rule, rule_version FROM audit_reviews)
ORDER BY if({newest:Bool}, toUInt64(0), sipHash64(event_key, category, {seed:String})), occurred_at DESC, event_key
LIMIT 1 BY organization_id, event_id, content_hash, category
LIMIT {limit:UInt32}
