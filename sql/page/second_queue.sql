-- question: Which reviewed tags should a second person look at, without knowing what the first said?
-- owner: trust and safety
-- grain: one row per tag that one other reviewer has reviewed, drawn at random (the same draw for one `seed`); or (golden) whose right answer is settled
-- param: reviewer String
-- param: golden Bool = false
-- param: seed String = ''
-- param: limit UInt32 = 5
SELECT occurred_at, organization_id, event_id, content_hash, category, outcome, severity, round(toFloat64(v.score), 4) AS score, revision, clause, rule,
       rule_version, missing_safeguards, excused_by, field, start, end, audience, declared_use_case
FROM audit_verdicts AS v
WHERE (event_key, category, rule, rule_version) IN
(
    SELECT event_key, category, rule, rule_version FROM reviews
    WHERE NOT {golden:Bool}
    GROUP BY event_key, category, rule, rule_version
    HAVING uniqExact(reviewer) = 1 AND any(reviewer) != {reviewer:String}
    UNION ALL
    SELECT event_key, category, rule, rule_version FROM golden_tags
    WHERE {golden:Bool} AND (event_key, category) NOT IN (SELECT event_key, category FROM reviews WHERE reviewer = {reviewer:String})
)
ORDER BY sipHash64(event_key, category, {seed:String}), event_key
LIMIT {limit:UInt32}
