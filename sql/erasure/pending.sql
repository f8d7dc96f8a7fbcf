-- Removals that are under way, with the events on the worklist.
SELECT p.organization_id AS organization_id, p.user_hash AS user_hash, p.key_version AS key_version, p.until AS until, p.reason AS reason,
       p.asked_at AS asked_at, uniqExactIf((w.event_id, w.content_hash), w.user_hash != 0) AS listed
FROM (SELECT * FROM erasures FINAL WHERE completed_at = toDateTime64(0, 3, 'UTC')) AS p
LEFT JOIN erasing AS w ON w.organization_id = p.organization_id AND w.user_hash = p.user_hash
GROUP BY ALL
ORDER BY organization_id, user_hash
