-- question: What is known of one event: when it came, what was detected, what each run said of it?
-- owner: compliance
-- grain: one row per stored fact, oldest first
-- param: organization String
-- param: event String
SELECT recorded_at, fact, detail
FROM
(
    SELECT received_at AS recorded_at, 'received' AS fact,
           concat(kafka_topic, '/', toString(kafka_partition), '/', toString(kafka_offset), '/', toString(kafka_line), ' from ', source) AS detail
    FROM audit_events
    WHERE organization_id = {organization:String} AND event_id = {event:String}
    UNION ALL
    SELECT landed_at, 'detected',
           concat('occurred at ', toString(occurred_at), ', content ', toString(content_hash), ', pack ', pack_hash, ': ',
                  arrayStringConcat(arrayMap((category, score, rule) -> concat(category, ' ', toString(round(score, 3)), ' by ', rule),
                                             `detections.category`, `detections.score`, `detections.rule`), ', '))
    FROM audit_events
    WHERE organization_id = {organization:String} AND event_id = {event:String}
    UNION ALL
    SELECT landed_at, if((run_id, category) IN (SELECT run_id, category FROM audit_verdicts WHERE organization_id = {organization:String}
                                                AND event_id = {event:String}), 'verdict', 'superseded verdict'),
           concat(run_id, ', revision ', revision, ': ', category, ' ', outcome, ' ', toString(severity), ', clause ', clause, ', rule ', rule, ' v',
                  toString(rule_version), if(excused_by = '', '', concat(', excused by ', excused_by)),
                  if(empty(missing_safeguards), '', concat(', missing ', arrayStringConcat(missing_safeguards, ' and '))))
    FROM verdicts FINAL
    WHERE organization_id = {organization:String} AND event_id = {event:String}
    UNION ALL
    SELECT occurred_at, 'evidence', concat(rule, ' in ', field, ' ', toString(start), '-', toString(end), ': ', excerpt)
    FROM audit_excerpts
    WHERE organization_id = {organization:String} AND event_id = {event:String}
)
ORDER BY recorded_at, fact, detail
