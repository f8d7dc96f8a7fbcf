-- The newest event of each of the people named: the n-th organization with the n-th keyed hash.
WITH people AS (SELECT arrayJoin(arrayZip({organizations:Array(String)}, {users:Array(UInt64)})) AS person, person.1 AS organization_id, person.2 AS user_hash)
SELECT organization_id, user_hash, max(occurred_at) AS newest
FROM
(
    SELECT organization_id, user_hash, occurred_at FROM events
    UNION ALL
    SELECT organization_id, user_hash, occurred_at FROM verdicts
)
WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM people)
GROUP BY organization_id, user_hash
