-- question: Which tag does a review speak of?
-- owner: trust and safety
-- grain: one row per content of the event
-- param: organization String
-- param: event String
-- param: category String
SELECT organization_id, event_id, occurred_at, content_hash, event_key, category, rule, rule_version, outcome, severity, toFloat64(score) AS score, revision,
       run_id
FROM audit_verdicts
WHERE organization_id = {organization:String} AND event_id = {event:String} AND category = {category:String}
