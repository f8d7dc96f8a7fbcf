-- The distinct combinations of all that a decision rests on, with how many events have each. `period` counts the edges (milliseconds since 1970: starts
-- of revisions, starts and ends of allowances) up to the event; within a period, time decides nothing.
SELECT organization_id, country, arrayCount(edge -> edge <= toUnixTimestamp64Milli(occurred_at), {edges:Array(Int64)}) AS period,
       audience, organization_type, declared_use_case, safeguards, end_user_age,
       `detections.category` AS categories, `detections.score` AS scores, `detections.rule` AS rules, `detections.rule_version` AS rule_versions,
       count() AS events, min(event_id) AS first_id, max(event_id) AS last_id
FROM audit_events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
GROUP BY organization_id, country, period, audience, organization_type, declared_use_case, safeguards, end_user_age, categories, scores, rules,
         rule_versions
