-- What was derived from the rows on the worklist, and signals of the hours that they were counted in (rebuilt afterwards from what is left).
-- Events stay until the end, so that an interruption loses no key.
ALTER TABLE {database}.excerpts {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
ALTER TABLE {database}.reviews {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
ALTER TABLE {database}.opinions {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
-- Who looked at what stays on record; of whom it was does not.
ALTER TABLE {database}.access_log {on_cluster} UPDATE event_id = '', detail = 'erased'
WHERE (event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM {database}.erasing))
   OR arrayExists(user -> position(detail, user) > 0,
                  (SELECT groupUniqArray(toString(user_hash)) FROM {database}.erasing))
;
ALTER TABLE {database}.verdicts {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
