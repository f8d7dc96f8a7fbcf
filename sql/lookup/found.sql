-- What is there of one pseudonym within its organization.
SELECT count() AS events, countIf(v.tags > 0) AS tagged_events, sum(v.tags) AS tags, min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at,
       uniqExactIf(e.user_hash, e.user_hash != 0) AS users, uniqExactIf(e.api_key_hash, e.api_key_hash != 0) AS api_keys
FROM audit_events AS e
LEFT JOIN
(
    SELECT event_id, content_hash, count() AS tags
    FROM audit_verdicts
    WHERE organization_id = {organization:String}
    GROUP BY event_id, content_hash
) AS v ON v.event_id = e.event_id AND v.content_hash = e.content_hash
WHERE e.organization_id = {organization:String}
  AND (({user:UInt64} != 0 AND e.user_hash = {user:UInt64}) OR ({key:UInt64} != 0 AND e.api_key_hash = {key:UInt64}))
