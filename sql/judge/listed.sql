-- Second opinions, the newest first; with `differing`, those on the other side of the middle than we.
SELECT asked_at, organization_id, event_id, occurred_at, category, our_score, our_rule, score, rule, rule_version, state, cached, judge, model
FROM audit_opinions
WHERE asked_at >= {since:DateTime64(3, 'UTC')} AND ({category:String} = '' OR category = {category:String})
  AND (NOT {differing:Bool} OR (state = 'answered' AND (score >= 0.5) != (our_score >= 0.5)))
ORDER BY asked_at DESC, event_key, category
LIMIT {limit:UInt32}
