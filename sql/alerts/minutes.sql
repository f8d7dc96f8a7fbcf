-- Signals by the minute, one row per bucket and dimensions.
SELECT toInt64(toUnixTimestamp(bucket)) AS at, category, outcome, toLowCardinality(toString(severity)) AS severity, organization_id AS organization,
       country, model, revision, events AS value
FROM audit_signals_minute
WHERE bucket >= {since:DateTime64(3, 'UTC')}
SETTINGS output_format_arrow_low_cardinality_as_dictionary = 1
