ALTER TABLE {database}.dead_letters {on_cluster} MODIFY TTL toDateTime(received_at) + INTERVAL {dead_letters_days} DAY
;
