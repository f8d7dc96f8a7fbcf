-- All events by the hour.
SELECT toInt64(toUnixTimestamp(bucket)) AS at, organization_id AS organization, country, model, source, toUInt64(sum(events)) AS value
FROM audit_volumes
WHERE bucket >= {since:DateTime64(3, 'UTC')} AND bucket < {until:DateTime64(3, 'UTC')}
GROUP BY at, organization, country, model, source
SETTINGS output_format_arrow_low_cardinality_as_dictionary = 1
