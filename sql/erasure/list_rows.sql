-- Fill the worklist with the keys of all rows of the people whose removal is under way.
INSERT INTO erasing (organization_id, occurred_at, event_id, content_hash, user_hash)
SELECT organization_id, occurred_at, event_id, content_hash, user_hash
FROM (SELECT organization_id, occurred_at, event_id, content_hash, user_hash FROM events
      UNION DISTINCT
      SELECT organization_id, occurred_at, event_id, content_hash, user_hash FROM verdicts) AS r
INNER JOIN (SELECT organization_id, user_hash, until FROM erasures FINAL WHERE completed_at = toDateTime64(0, 3, 'UTC')) AS p USING (organization_id, user_hash)
WHERE r.occurred_at <= p.until
