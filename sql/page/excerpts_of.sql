-- question: Which excerpts of these events are still kept?
-- owner: trust and safety
-- grain: one row per matched span
-- param: organizations Array(String)
-- param: events Array(String)
-- param: hours Array(DateTime('UTC'))
SELECT organization_id, event_id, content_hash, rule, field, start, end, excerpt
FROM audit_excerpts
WHERE organization_id IN {organizations:Array(String)} AND toStartOfHour(occurred_at) IN {hours:Array(DateTime('UTC'))}
  AND event_id IN {events:Array(String)}
