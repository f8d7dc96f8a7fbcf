-- Alerts, those first that wait for somebody.
SELECT alert_id, state, severity, title, rule, rules, category, organization_id, organizations, window_start, window_end, value, threshold,
       silenced_until, historical, inhibited_by, opened_at, resolved_at, owner, query
FROM audit_alerts
WHERE ({state:String} = '' OR state = {state:String}) AND ({severity:String} = '' OR toString(severity) = {severity:String})
  AND window_end >= {since:DateTime64(3, 'UTC')}
ORDER BY indexOf(['open', 'acknowledged', 'resolved'], state), severity DESC, window_end DESC, alert_id
LIMIT {limit:UInt32}
