-- question: Whose rows were removed on request within the span?
-- owner: compliance
-- grain: one row per person, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- A person is named by the keyed hash. `complete`: false while the removal is under way.
SELECT asked_at, organization_id, leftPad(lower(hex(user_hash)), 16, '0') AS user, reason, events,
       (completed_at > toDateTime64('1970-01-01 00:00:00', 3, 'UTC'))::Bool AS complete, completed_at
FROM erasures FINAL
WHERE asked_at >= {since:DateTime64(3, 'UTC')} AND asked_at < {until:DateTime64(3, 'UTC')}
ORDER BY asked_at, organization_id, user_hash
