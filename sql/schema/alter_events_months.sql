ALTER TABLE {database}.events {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.verdicts {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.ledger {on_cluster} MODIFY TTL toDateTime(landed_at) + INTERVAL {events_months} MONTH
;
