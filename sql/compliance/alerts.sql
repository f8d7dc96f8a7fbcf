-- question: Which alerts were opened within the span, and what has become of them?
-- owner: compliance
-- grain: one row per severity
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC')
-- Without those that were history when they were first evaluated, and those that a campaign's alert took in: they asked nothing of anybody.
SELECT severity, count() AS opened, countIf(state = 'open') AS still_open, countIf(state = 'acknowledged') AS acknowledged,
       countIf(state = 'resolved') AS resolved
FROM audit_alerts
WHERE opened_at >= {since:DateTime64(3, 'UTC')} AND opened_at < {until:DateTime64(3, 'UTC')} AND NOT historical AND inhibited_by = ''
GROUP BY severity
ORDER BY severity DESC
