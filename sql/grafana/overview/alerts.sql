-- Alerts of the period, those that are open first.
SELECT opened_at, toString(severity) AS severity, title, state, category, organization_id, round(value, 2) AS value, threshold, rule
FROM audit_alerts
WHERE $__timeFilter(window_end)
ORDER BY state = 'open' DESC, opened_at DESC
LIMIT 20
