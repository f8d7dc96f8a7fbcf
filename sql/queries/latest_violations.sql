-- question: What was found last, by which rule and clause, with which evidence?
-- owner: trust and safety
-- grain: one row per event and category, newest first
-- param: since DateTime64(3, 'UTC') = 24h
-- param: until DateTime64(3, 'UTC') = now
-- param: category String = ''
-- param: organization String = ''
-- param: outcome String = violation
-- param: limit UInt32 = 50
SELECT v.occurred_at AS occurred_at, v.organization_id AS organization_id, v.event_id AS event_id, v.category AS category, v.outcome AS outcome,
       v.severity AS severity, round(toFloat64(v.score), 4) AS score, v.revision AS revision, v.clause AS clause, v.rule AS rule, v.rule_version AS rule_version,
       v.missing_safeguards AS missing_safeguards, v.excused_by AS excused_by, v.field AS field, v.start AS start, v.end AS end,
       x.excerpt AS excerpt, v.model AS model, v.country AS country, v.declared_use_case AS declared_use_case, v.run_id AS run_id
FROM
(
    SELECT *
    FROM audit_verdicts
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
      AND ({category:String} = '' OR category = {category:String})
      AND ({organization:String} = '' OR organization_id = {organization:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})
    ORDER BY occurred_at DESC, organization_id, event_id, category
    LIMIT {limit:UInt32}
) AS v
LEFT JOIN
(
    SELECT organization_id, event_id, content_hash, rule, field, start, end, any(excerpt) AS excerpt
    FROM audit_excerpts
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND ({organization:String} = '' OR organization_id = {organization:String})
    GROUP BY organization_id, event_id, content_hash, rule, field, start, end
) AS x ON x.organization_id = v.organization_id AND x.event_id = v.event_id AND x.content_hash = v.content_hash AND x.rule = v.rule
      AND x.field = v.field AND x.start = v.start AND x.end = v.end
ORDER BY occurred_at DESC, organization_id, event_id, category
