-- question: What did people do about alerts lately?
-- owner: trust and safety
-- grain: one row per action, newest first; `in_force` marks a silence that has neither ended nor been lifted
-- param: limit UInt32 = 100
SELECT a.acted_at AS acted_at, a.reader AS reader, a.action AS action, a.alert_id AS alert_id, a.rule AS rule, a.scope AS scope, a.reason AS reason,
       a.until AS until, a.action = 'silence' AND a.until > now64(3, 'UTC') AND lifted.lifted_at < a.acted_at AS in_force
FROM audit_alert_actions AS a
LEFT JOIN (SELECT rule, scope, max(acted_at) AS lifted_at FROM audit_alert_actions WHERE action = 'unsilence' GROUP BY rule, scope) AS lifted
       ON lifted.rule = a.rule AND lifted.scope = a.scope
ORDER BY acted_at DESC, a.action_id
LIMIT {limit:UInt32}
