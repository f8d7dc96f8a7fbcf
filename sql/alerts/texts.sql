-- Tagged texts by their similarity hash, and who sent them. Excused ones count: a campaign does not become less of one by an allowance.
SELECT toInt64(toUnixTimestamp(occurred_at)) AS at, similarity, category, organization_id AS organization, api_key_hash AS api_key
FROM audit_verdicts_as_landed
WHERE similarity != 0 AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
ORDER BY at, similarity, category, organization
LIMIT 1 BY event_key, content_hash, category
