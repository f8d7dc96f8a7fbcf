-- question: Which tags landed since a moment, whatever their event time?
-- owner: trust and safety
-- grain: one row per event and category, in order of landing
-- param: since DateTime64(3, 'UTC')
-- param: limit UInt32 = 200
WITH found AS
(
    SELECT *
    FROM audit_verdicts
    WHERE landed_at > {since:DateTime64(3, 'UTC')} AND occurred_at > now64(3, 'UTC') - INTERVAL 31 DAY
    ORDER BY landed_at DESC, organization_id, event_id, category
    LIMIT {limit:UInt32}
)
SELECT v.landed_at AS landed_at, v.occurred_at AS occurred_at, v.organization_id AS organization_id, v.event_id AS event_id, v.category AS category,
       v.outcome AS outcome, v.severity AS severity, round(toFloat64(v.score), 4) AS score, v.clause AS clause, v.rule AS rule,
       v.rule_version AS rule_version, v.field AS field, v.start AS start, v.end AS end, x.excerpt AS excerpt, v.model AS model, v.country AS country
FROM found AS v
LEFT JOIN
(
    SELECT organization_id, event_id, content_hash, rule, field, start, end, any(excerpt) AS excerpt
    FROM audit_excerpts
    WHERE (organization_id, toStartOfHour(occurred_at), event_id) IN (SELECT organization_id, toStartOfHour(occurred_at), event_id FROM found)
    GROUP BY organization_id, event_id, content_hash, rule, field, start, end
) AS x ON x.organization_id = v.organization_id AND x.event_id = v.event_id AND x.content_hash = v.content_hash AND x.rule = v.rule
      AND x.field = v.field AND x.start = v.start AND x.end = v.end
ORDER BY landed_at, organization_id, event_id, category
