-- question: What is known of one event, without its text?
-- owner: compliance
-- grain: one row per content that came under this id (more than one is a conflict)
-- param: organization String
-- param: event String
SELECT organization_id, event_id, occurred_at, content_hash, event_key, user_hash, api_key_hash, conversation_hash, operation, provider, model, audience,
       organization_type, declared_use_case, safeguards, end_user_age, country, input_tokens, output_tokens, input_length, output_length, similarity,
       arrayZip(`detections.category`, `detections.score`, `detections.rule`, `detections.rule_version`, `detections.field`, `detections.start`,
                `detections.end`) AS detections,
       pack_hash, source, kafka_topic, kafka_partition, kafka_offset, kafka_line, received_at, landed_at
FROM audit_events
WHERE organization_id = {organization:String} AND event_id = {event:String}
ORDER BY landed_at
