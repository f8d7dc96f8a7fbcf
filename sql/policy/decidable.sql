-- Events that a tag may follow from: in which something was detected, or, of the others, those in one of the given contexts. With all that a verdict
-- row repeats.
SELECT organization_id, event_id, occurred_at, content_hash, event_key, user_hash, api_key_hash, model, country, audience, organization_type,
       declared_use_case, safeguards, end_user_age, similarity,
       `detections.category` AS categories, `detections.score` AS scores, `detections.rule` AS rules, `detections.rule_version` AS rule_versions,
       `detections.field` AS fields, `detections.start` AS starts, `detections.end` AS ends
FROM audit_events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
  AND landed_at >= {landed_from:DateTime64(3, 'UTC')}
  AND notEmpty(`detections.category`) = {detected:Bool}
  AND ({detected:Bool}
       OR has({contexts:Array(UInt64)},
              cityHash64(audience, organization_type, declared_use_case, arrayStringConcat(safeguards, ','), end_user_age, country)))
