-- Tagged events of one pseudonym within its organization, the newest first.
SELECT occurred_at, organization_id, event_id, category, outcome, toString(severity) AS severity, score, user_hash, api_key_hash, model
FROM audit_verdicts
WHERE organization_id = {organization:String}
  AND (({user:UInt64} != 0 AND user_hash = {user:UInt64}) OR ({key:UInt64} != 0 AND api_key_hash = {key:UInt64}))
ORDER BY occurred_at DESC, event_id, category
LIMIT {limit:UInt32}
