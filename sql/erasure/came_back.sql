-- Completed removals of whose people there are events or verdicts again.
SELECT organization_id, user_hash, key_version, until, reason, events, asked_at
FROM erasures FINAL
WHERE completed_at > toDateTime64(0, 3, 'UTC')
  AND (organization_id, user_hash) IN
      (
          SELECT r.organization_id, r.user_hash
          FROM (SELECT organization_id, user_hash, occurred_at FROM events UNION ALL SELECT organization_id, user_hash, occurred_at FROM verdicts) AS r
          INNER JOIN (SELECT organization_id, user_hash, until FROM erasures FINAL) AS g USING (organization_id, user_hash)
          WHERE r.occurred_at <= g.until
      )
