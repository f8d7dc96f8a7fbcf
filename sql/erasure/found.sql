-- Rows of the people named, by table: the n-th organization with the n-th keyed hash.
WITH
    people AS (SELECT arrayJoin(arrayZip({organizations:Array(String)}, {users:Array(UInt64)})) AS person, person.1 AS organization_id, person.2 AS user_hash),
    listed AS
    (
        SELECT organization_id, toStartOfHour(occurred_at) AS hour, event_id, content_hash
        FROM events
        WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM people)
    )
SELECT 'events' AS place, count() AS n FROM listed
UNION ALL
SELECT 'verdicts', count() FROM verdicts WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM people)
UNION ALL
SELECT 'excerpts', count() FROM excerpts WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'reviews', count() FROM reviews WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'opinions', count() FROM opinions WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'access_log', count() FROM access_log WHERE event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM listed)
