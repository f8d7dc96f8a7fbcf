-- Tagged events with the keyed hash of their user. A user hash is never 0 where there is a user.
SELECT toInt64(toUnixTimestamp(occurred_at)) AS at, category, outcome, toLowCardinality(toString(severity)) AS severity,
       organization_id AS organization, country, model, revision, user_hash AS value
FROM audit_verdicts_as_landed
WHERE user_hash != 0 AND toStartOfHour(occurred_at) >= toStartOfHour({since:DateTime64(3, 'UTC')})
LIMIT 1 BY event_key, content_hash, category
SETTINGS output_format_arrow_low_cardinality_as_dictionary = 1
