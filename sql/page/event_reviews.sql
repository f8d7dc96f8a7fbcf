-- question: What did reviewers say of one event?
-- owner: trust and safety
-- grain: one row per tag and reviewer
-- param: organization String
-- param: event String
-- param: at DateTime64(3, 'UTC')
SELECT category, rule, rule_version, decision, reason, drawn, reviewer, reviewed_at
FROM reviews FINAL
WHERE organization_id = {organization:String} AND toStartOfHour(occurred_at) = toStartOfHour({at:DateTime64(3, 'UTC')}) AND event_id = {event:String}
ORDER BY reviewed_at DESC
