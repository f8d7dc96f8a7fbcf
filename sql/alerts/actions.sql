-- What people did about an alert, or its rule.
SELECT acted_at, reader, account, action, rule, scope, reason, until
FROM audit_alert_actions
WHERE alert_id = {alert:String} OR (rule = {rule:String} AND action IN ('silence', 'unsilence'))
ORDER BY acted_at DESC
LIMIT 100
