-- question: Who saw and did what?
-- owner: compliance
-- grain: one row per action, newest first
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- param: reader String = ''
-- param: action String = ''
-- param: limit UInt32 = 200
SELECT at, reader, role, account, action, page, organization_id, event_id, detail, reason
FROM audit_access_log
WHERE at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')}
  AND ({reader:String} = '' OR reader = {reader:String}) AND ({action:String} = '' OR action = {action:String})
ORDER BY at DESC, entry_id
LIMIT {limit:UInt32}
