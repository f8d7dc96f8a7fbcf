-- question: Which tags landed since a moment, whatever their event time?
-- owner: trust and safety
-- grain: one row per event and category, in order of landing
-- param: since DateTime64(3, 'UTC')
-- param: limit UInt32 = 200
SELECT *
FROM
(
    SELECT landed_at, occurred_at, organization_id, event_id, content_hash, category, outcome, severity, round(toFloat64(v.score), 4) AS score, clause, rule,
           rule_version, field, start, end, model, country
    FROM audit_verdicts_as_landed AS v
    WHERE landed_at > {since:DateTime64(3, 'UTC')} AND occurred_at > now64(3, 'UTC') - INTERVAL 31 DAY
    ORDER BY landed_at DESC, organization_id, event_id, category
    LIMIT 1 BY organization_id, event_id, content_hash, category
    LIMIT {limit:UInt32}
)
ORDER BY landed_at, organization_id, event_id, category
