-- Some events as they are stored: without text.
SELECT organization_id, event_id, occurred_at, content_hash, event_key, user_hash, api_key_hash, conversation_hash, key_version, operation, provider, model,
       audience, organization_type, declared_use_case, safeguards, end_user_age, country, input_tokens, output_tokens, input_length, output_length,
       arrayMap(d -> CAST(d, 'Tuple(category String, score Float32, rule String, rule_version UInt16, field String, start UInt32, end UInt32)'),
           arrayZip(`detections.category`, `detections.score`, `detections.rule`, `detections.rule_version`, `detections.field`, `detections.start`,
                    `detections.end`)) AS detections,
       pack_hash, source, kafka_topic, kafka_partition, kafka_offset, kafka_line, received_at, landed_at
FROM audit_events
WHERE organization_id IN {organizations:Array(String)} AND event_id IN {events:Array(String)}
ORDER BY organization_id, occurred_at, event_id, content_hash
