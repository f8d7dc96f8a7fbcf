-- The tag of one category of an event, of each content.
SELECT organization_id, event_id, occurred_at, content_hash, event_key, category, rule, rule_version
FROM audit_verdicts
WHERE organization_id = {organization:String} AND event_id = {event:String} AND category = {category:String}
