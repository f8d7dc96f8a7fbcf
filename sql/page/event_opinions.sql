-- question: What did a judge say of one event, beside what we said?
-- owner: trust and safety
-- grain: one row per content, category and judge
-- param: organization String
-- param: event String
-- param: at DateTime64(3, 'UTC')
SELECT content_hash, category, rule, rule_version, round(toFloat64(score), 3) AS score, round(toFloat64(our_score), 3) AS our_score, state, model, asked_at
FROM opinions FINAL
WHERE organization_id = {organization:String} AND toStartOfHour(occurred_at) = toStartOfHour({at:DateTime64(3, 'UTC')}) AND event_id = {event:String}
ORDER BY category, asked_at DESC
