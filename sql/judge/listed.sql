-- Second opinions, the newest first; with `differing`, those on the other side of the middle than we.
SELECT asked_at, organization_id, event_id, occurred_at, category, round(toFloat64(o.our_score), 3) AS our_score, our_rule,
       round(toFloat64(o.score), 3) AS score, rule, rule_version, state, cached, judge, model
FROM audit_opinions AS o
WHERE asked_at >= {since:DateTime64(3, 'UTC')} AND ({category:String} = '' OR category = {category:String})
  AND (NOT {differing:Bool} OR (state = 'answered' AND (o.score >= 0.5) != (o.our_score >= 0.5)))
ORDER BY asked_at DESC, event_key, category
LIMIT {limit:UInt32}
