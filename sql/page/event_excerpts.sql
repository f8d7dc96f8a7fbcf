-- question: Which redacted excerpts of one event are still kept?
-- owner: trust and safety
-- grain: one row per matched span
-- param: organization String
-- param: event String
-- param: at DateTime64(3, 'UTC')
SELECT rule, field, start, end, content_hash, excerpt
FROM audit_excerpts
WHERE organization_id = {organization:String} AND toStartOfHour(occurred_at) = toStartOfHour({at:DateTime64(3, 'UTC')}) AND event_id = {event:String}
ORDER BY rule, field, start
