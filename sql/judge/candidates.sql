-- Uncertain detections that the judges at hand have said nothing of, the oldest first. A category's scores combine as they do in a decision.
SELECT organization_id, event_id, occurred_at, content_hash, event_key, pack_hash, kafka_topic, kafka_partition, kafka_offset, kafka_line, category, judge,
       round(1 - arrayProduct(arrayMap(each -> 1 - each.1, found)), 3) AS our_score,
       arraySort(each -> (-each.1, each.2), found)[1] AS strongest,
       strongest.2 AS our_rule, strongest.3 AS field, strongest.4 AS start, strongest.5 AS end
FROM
(
    SELECT organization_id, event_id, occurred_at, content_hash, event_key, pack_hash, kafka_topic, kafka_partition, kafka_offset, kafka_line,
           arrayJoin(arrayDistinct(`detections.category`)) AS category,
           transform(toString(category), {categories:Array(String)}, {judges:Array(String)}, '') AS judge,
           arrayMap(
               i -> (round(toFloat64(`detections.score`[i]), 3), toString(`detections.rule`[i]), toString(`detections.field`[i]),
                     `detections.start`[i], `detections.end`[i]),
               arrayFilter(i -> `detections.category`[i] = category, arrayEnumerate(`detections.category`))) AS found
    FROM audit_events
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND notEmpty(`detections.category`)
      AND NOT has({excepted:Array(String)}, organization_id)
)
WHERE judge != '' AND our_score >= {low:Float64} AND our_score < {high:Float64}
  AND (event_key, content_hash, category, judge) NOT IN
      (SELECT event_key, content_hash, category, judge FROM opinions WHERE occurred_at >= {since:DateTime64(3, 'UTC')})
ORDER BY occurred_at, event_key, category
LIMIT {limit:UInt32}
