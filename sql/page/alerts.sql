-- question: Which alerts were there?
-- owner: trust and safety
-- grain: one row per alert, newest first
-- param: since DateTime64(3, 'UTC')
-- param: until DateTime64(3, 'UTC') = now
-- Columns as the view has them: those of the contract `Alert`.
SELECT *
FROM audit_alerts
WHERE window_end >= {since:DateTime64(3, 'UTC')} AND window_start < {until:DateTime64(3, 'UTC')}
ORDER BY window_end DESC, alert_id
LIMIT 500
