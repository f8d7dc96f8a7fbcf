-- What is still kept of the matched text of some events, redacted.
SELECT organization_id, event_id, occurred_at, content_hash, rule, field, start, end, excerpt
FROM audit_excerpts
WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
ORDER BY organization_id, event_id, rule, field, start
