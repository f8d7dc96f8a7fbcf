ALTER TABLE {database}.excerpts {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {excerpts_days} DAY
;
