-- How the alerts stand that may have to be told: with what people did about them.
SELECT alert_id, state, silenced_until FROM audit_alerts
WHERE updated_at >= {since:DateTime64(3, 'UTC')} OR state != 'resolved' OR alert_id IN (SELECT alert_id FROM deliveries WHERE state = 'pending')
