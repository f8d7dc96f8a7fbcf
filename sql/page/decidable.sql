-- question: What must be known of a period's events to decide them again under another revision?
-- owner: compliance
-- grain: one row per organization, context and set of detections, with the number of events that share them; the most frequent first
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: limit UInt32 = 50000
SELECT organization_id, audience, organization_type, declared_use_case, safeguards, end_user_age, country, `detections.category` AS categories,
       arrayMap(score -> round(toFloat64(score), 4), `detections.score`) AS scores, `detections.rule` AS rules, `detections.rule_version` AS rule_versions,
       max(occurred_at) AS last_at, count() AS same_events, any(event_id) AS example
FROM audit_events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
GROUP BY organization_id, audience, organization_type, declared_use_case, safeguards, end_user_age, country, categories, scores, rules, rule_versions
ORDER BY same_events DESC, organization_id, example
LIMIT {limit:UInt32}
