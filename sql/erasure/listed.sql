-- Every removal: for whom (keyed hash), why, how much, and when it was done (1970: it is under way).
SELECT organization_id, lower(hex(user_hash)) AS user, key_version, reason, events, asked_at, completed_at, until
FROM erasures FINAL
ORDER BY asked_at, organization_id, user_hash
