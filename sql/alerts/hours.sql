-- Signals by the hour, one row per bucket and dimensions.
SELECT toInt64(toUnixTimestamp(bucket)) AS at, category, outcome, toLowCardinality(toString(severity)) AS severity, organization_id AS organization,
       country, model, revision, events AS value
FROM audit_signals_hour
WHERE bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
SETTINGS output_format_arrow_low_cardinality_as_dictionary = 1
