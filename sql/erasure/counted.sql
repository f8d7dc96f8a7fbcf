-- Rows of the events that are listed, by table; what is listed is put in (listed_by_people.sql, listed_by_worklist.sql).
WITH listed AS
(
{listed}
)
SELECT 'events' AS place, count() AS n FROM events WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'verdicts', count() FROM verdicts WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'excerpts', count() FROM excerpts WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'reviews', count() FROM reviews WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'assessments', count() FROM assessments WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'golden_tags', count() FROM golden_tags WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'case_entries', count() FROM case_entries WHERE event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM listed)
UNION ALL
SELECT 'opinions', count() FROM opinions WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash) IN listed
UNION ALL
SELECT 'access_log', count() FROM access_log WHERE event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM listed)
