ALTER TABLE {database}.events {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.verdicts {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.ledger {on_cluster} MODIFY TTL toDateTime(landed_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.reviews {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.alert_actions {on_cluster} MODIFY TTL toDateTime(acted_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.access_log {on_cluster} MODIFY TTL toDateTime(at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.alerts {on_cluster} MODIFY TTL window_end + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.deliveries {on_cluster} MODIFY TTL toDateTime(created_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.opinions {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.case_entries {on_cluster} MODIFY TTL toDateTime(at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.assessments {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
ALTER TABLE {database}.golden_tags {on_cluster} MODIFY TTL toDateTime(occurred_at) + INTERVAL {events_months} MONTH
;
