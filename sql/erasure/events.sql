-- Last of all tables that the worklist can be made from.
ALTER TABLE {database}.events {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
