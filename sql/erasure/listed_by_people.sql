-- Events of the people named: the n-th organization with the n-th keyed hash.
SELECT organization_id, toStartOfHour(occurred_at) AS hour, event_id, content_hash
FROM (SELECT organization_id, occurred_at, event_id, content_hash, user_hash FROM events
      UNION DISTINCT
      SELECT organization_id, occurred_at, event_id, content_hash, user_hash FROM verdicts)
WHERE (organization_id, user_hash) IN
      (SELECT person.1, person.2 FROM (SELECT arrayJoin(arrayZip({organizations:Array(String)}, {users:Array(UInt64)})) AS person))
