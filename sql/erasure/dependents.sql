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
ALTER TABLE {database}.assessments {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
ALTER TABLE {database}.golden_tags {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
-- That something was linked to a case stays in its history; what it was does not.
ALTER TABLE {database}.case_entries {on_cluster} UPDATE event_id = '', occurred_at = toDateTime64(0, 3, 'UTC')
WHERE event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM {database}.erasing)
;
-- What people wrote stays, but for the hash of who it was about.
ALTER TABLE {database}.case_entries {on_cluster} UPDATE
    title = replaceRegexpAll(title, arrayStringConcat((SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing), '|'),
                             '0000000000000000'),
    reason = replaceRegexpAll(reason, arrayStringConcat((SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing), '|'),
                              '0000000000000000')
WHERE arrayExists(user -> position(concat(title, ' ', reason), user) > 0,
                  (SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing))
;
-- Decisions name users by their hashes, 16 hexadecimal digits each.
ALTER TABLE {database}.deliveries {on_cluster} UPDATE body = replaceRegexpAll(
    body, concat('"(', arrayStringConcat((SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing), '|'), ')"'),
    '"0000000000000000"')
WHERE arrayExists(user -> position(body, concat('"', user, '"')) > 0,
                  (SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing))
;
-- Who looked at what stays on record; of whom it was does not.
ALTER TABLE {database}.access_log {on_cluster} UPDATE event_id = '', detail = 'erased'
WHERE (event_id != '' AND (organization_id, event_id) IN (SELECT organization_id, event_id FROM {database}.erasing))
   OR arrayExists(user -> position(detail, user) > 0,
                  (SELECT groupUniqArray(toString(user_hash)) FROM {database}.erasing))
   OR arrayExists(user -> position(detail, user) > 0,
                  (SELECT groupUniqArray(leftPad(lower(hex(user_hash)), 16, '0')) FROM {database}.erasing))
;
ALTER TABLE {database}.verdicts {on_cluster} DELETE
WHERE (organization_id, toStartOfHour(occurred_at), event_id, content_hash)
      IN (SELECT organization_id, toStartOfHour(occurred_at), event_id, content_hash FROM {database}.erasing)
;
