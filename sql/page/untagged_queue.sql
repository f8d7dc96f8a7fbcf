-- question: Which untagged events should a person look at next, to learn what the rules miss?
-- owner: trust and safety
-- grain: one row per event that nobody has assessed; drawn at random (the same draw for one `seed`), half from each stratum
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: seed String = ''
-- param: limit UInt32 = 4
SELECT *
FROM
(
    SELECT occurred_at, organization_id, event_id, content_hash, event_key, pack_hash, if(empty(e.`detections.category`), 'clear', 'near') AS stratum,
           arrayDistinct(e.`detections.category`) AS categories, audience, declared_use_case, input_length,
           sipHash64(event_key, {seed:String}) AS place
    FROM events AS e
    WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
      AND event_key NOT IN
      (
          SELECT event_key FROM audit_verdicts_as_landed
          WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
      )
      AND event_key NOT IN (SELECT event_key FROM assessments)
    ORDER BY place, event_key, landed_at DESC
    LIMIT 1 BY event_key
)
ORDER BY place, event_key
LIMIT {limit:UInt32} BY stratum
