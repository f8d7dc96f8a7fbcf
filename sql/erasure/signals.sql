-- Only when the verdicts are gone: what lands from here on is not touched, or is in the verdicts that the signals are rebuilt from.
ALTER TABLE {database}.signals_minute {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(bucket)) IN (SELECT organization_id, toDateTime(toStartOfHour(occurred_at), 'UTC') FROM {database}.erasing)
;
ALTER TABLE {database}.signals_hour {on_cluster} DELETE
WHERE (organization_id, bucket) IN (SELECT organization_id, toDateTime(toStartOfHour(occurred_at), 'UTC') FROM {database}.erasing)
;
ALTER TABLE {database}.signals_day {on_cluster} DELETE
WHERE (organization_id, bucket) IN (SELECT organization_id, toDateTime(toStartOfDay(occurred_at), 'UTC') FROM {database}.erasing)
;
