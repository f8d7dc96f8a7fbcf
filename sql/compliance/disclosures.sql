-- question: Who read the text of an event, looked a person up or took data out within the span, and why?
-- owner: compliance
-- grain: one row per entry of the access log, in order of time
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
SELECT at, reader, role, account, action, page, organization_id, event_id, detail, reason
FROM audit_access_log
WHERE at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')} AND action IN ('reveal', 'lookup', 'export')
ORDER BY at, entry_id
