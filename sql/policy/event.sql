-- One stored event, by organization and id: its context and detections. Several rows if the id came with several contents.
SELECT organization_id, event_id, occurred_at, audience, organization_type, declared_use_case, safeguards, end_user_age, country,
       `detections.category` AS categories, `detections.score` AS scores, `detections.rule` AS rules, `detections.rule_version` AS rule_versions,
       `detections.field` AS fields, `detections.start` AS starts, `detections.end` AS ends
FROM audit_events
WHERE organization_id = {organization:String} AND event_id = {event:String}
ORDER BY occurred_at, content_hash
