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
WITH found AS
(
    SELECT *
    FROM audit_verdicts
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({category:String} = '' OR category = {category:String}) AND ({rule:String} = '' OR rule = {rule:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})
      AND (event_key, category, rule, rule_version) NOT IN (SELECT event_key, category, rule, rule_version FROM audit_reviews)
    ORDER BY if({newest:Bool}, toUInt64(0), sipHash64(event_key, category, {seed:String})), occurred_at DESC, event_key
    LIMIT {limit:UInt32}
)
SELECT v.occurred_at AS occurred_at, v.organization_id AS organization_id, v.event_id AS event_id, toString(v.content_hash) AS content_hash,
       v.category AS category, v.outcome AS outcome, v.severity AS severity, round(toFloat64(v.score), 4) AS score, v.revision AS revision,
       v.clause AS clause, v.rule AS rule, v.rule_version AS rule_version, v.missing_safeguards AS missing_safeguards, v.excused_by AS excused_by,
       v.field AS field, v.start AS start, v.end AS end, x.excerpt AS excerpt, v.audience AS audience, v.declared_use_case AS declared_use_case
FROM found AS v
LEFT JOIN
(
    SELECT organization_id, event_id, content_hash, rule, field, start, end, any(excerpt) AS excerpt
    FROM audit_excerpts
    WHERE (organization_id, toStartOfHour(occurred_at), event_id) IN (SELECT organization_id, toStartOfHour(occurred_at), event_id FROM found)
    GROUP BY organization_id, event_id, content_hash, rule, field, start, end
) AS x ON x.organization_id = v.organization_id AND x.event_id = v.event_id AND x.content_hash = v.content_hash AND x.rule = v.rule
      AND x.field = v.field AND x.start = v.start AND x.end = v.end
ORDER BY if({newest:Bool}, toUInt64(0), sipHash64(v.event_key, v.category, {seed:String})), occurred_at DESC, v.event_key
